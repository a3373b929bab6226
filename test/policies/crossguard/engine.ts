// Plays the Pulumi engine towards a policy pack: starts it with the package's own pack runner and asks it over gRPC, one
// resource after the other and then the whole stack, as `pulumi preview --policy-pack` does.
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { PlannedResource, StackPlan } from "../../../scripts/plan/model";
import { ROOT } from "../repository";
import { encoded, SECRET, SIGNATURE } from "../stand-in";

export interface Diagnostic {
  policy: string;
  urn: string;
  message: string;
  level: "advisory" | "mandatory";
}

export interface Pack {
  policies(): Promise<string[]>;
  analyze(plan: StackPlan): Promise<Diagnostic[]>;
  stop(): void;
}

/** @throws Error with what the runner said when it does not serve within 30 s */
export async function startPack(): Promise<Pack> {
  const directory = path.join(ROOT, "policies/crossguard");
  const runner = path.join(ROOT, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
  const child = spawn(process.execPath, [runner, "127.0.0.1:1", directory], { cwd: directory });
  const port = await portOf(child);
  const client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  return {
    async policies() {
      const info = await call<proto.AnalyzerInfo>((done) => client.getAnalyzerInfo(new Empty(), done));
      return info.getPoliciesList().map((policy) => policy.getName());
    },
    async analyze(plan) {
      const found: Diagnostic[] = [];
      const take = (response: proto.AnalyzeResponse, urn: string): void => {
        for (const each of response.getDiagnosticsList())
          found.push({
            policy: each.getPolicyname(),
            urn: each.getUrn() || urn,
            message: each.getMessage(),
            level: each.getEnforcementlevel() === proto.EnforcementLevel.ADVISORY ? "advisory" : "mandatory",
          });
      };
      for (const resource of plan.resources) {
        const request = one(resource);
        take(await call((done) => client.analyze(request, done)), resource.urn);
      }
      take(await call((done) => client.analyzeStack(all(plan), done)), "");
      return found;
    },
    stop() {
      client.close();
      child.kill("SIGKILL");
    },
  };
}

function call<T>(ask: (done: (error: grpc.ServiceError | null, response: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((error, response) => (error ? reject(error) : resolve(response)));
  });
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`the pack does not serve: ${said}`)), 30_000);
    const listen = (text: Buffer): void => {
      said += text.toString();
      const port = /^(\d+)$/m.exec(said)?.[1];
      if (!port) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.on("exit", (code) => reject(new Error(`the pack ended with ${code}: ${said}`)));
  });
}

function properties({ inputs }: PlannedResource): Struct {
  const wire = encoded(inputs, () => ({ [SIGNATURE]: SECRET, value: "not to be shown" }));
  return Struct.fromJavaScript(wire as Record<string, JavaScriptValue>);
}

function options({
  options: { protect, ignoreChanges },
  parent,
}: PlannedResource): proto.AnalyzerResourceOptions {
  const made = new proto.AnalyzerResourceOptions();
  made.setProtect(protect);
  made.setIgnorechangesList([...ignoreChanges]);
  made.setParent(parent);
  made.setCustomtimeouts(new proto.AnalyzerResourceOptions.CustomTimeouts());
  return made;
}

function one(resource: PlannedResource): proto.AnalyzeRequest {
  const request = new proto.AnalyzeRequest();
  request.setType(resource.type);
  request.setName(resource.name);
  request.setUrn(resource.urn);
  request.setProperties(properties(resource));
  request.setOptions(options(resource));
  return request;
}

function all({ resources }: StackPlan): proto.AnalyzeStackRequest {
  const request = new proto.AnalyzeStackRequest();
  request.setResourcesList(
    resources.map((resource) => {
      const made = new proto.AnalyzerResource();
      made.setType(resource.type);
      made.setName(resource.name);
      made.setUrn(resource.urn);
      made.setParent(resource.parent);
      made.setDependenciesList([...resource.dependencies]);
      made.setProperties(properties(resource));
      made.setOptions(options(resource));
      for (const [property, urns] of Object.entries(resource.propertyDependencies)) {
        const dependencies = new proto.AnalyzerPropertyDependencies();
        dependencies.setUrnsList([...urns]);
        made.getPropertydependenciesMap().set(property, dependencies);
      }
      return made;
    }),
  );
  return request;
}
