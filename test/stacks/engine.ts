// Our monitor behind a real gRPC server, and the official program runner of @pulumi/pulumi as its client: exactly what the
// CLI's language host starts. Shows that what `ops plan` captures in process is what the engine would get.
import { spawn } from "node:child_process";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engineProto from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { StackMonitor } from "../../scripts/plan/adapter/monitor";

const ROOT = path.resolve(__dirname, "../..");

type Handler = (request: unknown) => Promise<unknown>;

function serviceOf(methods: object, target: object): grpc.UntypedServiceImplementation {
  const entries = Object.keys(methods).map((name) => {
    const handler: grpc.handleUnaryCall<unknown, unknown> = (call, callback) => {
      const method = Reflect.get(target, name) as Handler | undefined;
      if (!method) return callback({ code: grpc.status.UNIMPLEMENTED, message: name });
      method.call(target, call.request).then(
        (response) => callback(null, response),
        (error: Error) => callback({ code: grpc.status.UNKNOWN, message: error.message }),
      );
    };
    return [name, handler] as const;
  });
  return Object.fromEntries(entries) as grpc.UntypedServiceImplementation;
}

class Engine {
  private root = "";
  readonly errors: string[] = [];
  async log(request: engineProto.LogRequest): Promise<Empty> {
    if (request.getSeverity() >= engineProto.LogSeverity.ERROR) this.errors.push(request.getMessage());
    return new Empty();
  }
  async setRootResource(
    request: engineProto.SetRootResourceRequest,
  ): Promise<engineProto.SetRootResourceResponse> {
    this.root = request.getUrn();
    return new engineProto.SetRootResourceResponse();
  }
  async getRootResource(): Promise<engineProto.GetRootResourceResponse> {
    const response = new engineProto.GetRootResourceResponse();
    response.setUrn(this.root);
    return response;
  }
  async requirePulumiVersion(): Promise<engineProto.RequirePulumiVersionResponse> {
    return new engineProto.RequirePulumiVersionResponse();
  }
}

export interface OfficialRun {
  monitor: StackMonitor;
  exitCode: number | null;
  output: string;
  seconds: number;
}

/** Runs a stack as `pulumi preview` would, against our monitor. */
export async function runOfficially(
  stack: string,
  hooks: ConstructorParameters<typeof StackMonitor>[2],
  config: { values: Record<string, string>; secretKeys: string[] },
): Promise<OfficialRun> {
  const monitor = new StackMonitor("netedu", stack, hooks);
  const engine = new Engine();
  const server = new grpc.Server({ "grpc.max_receive_message_length": 100 << 20 });
  server.addService(ResourceMonitorService, serviceOf(ResourceMonitorService, monitor));
  server.addService(EngineService, serviceOf(EngineService, engine));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const address = `127.0.0.1:${port}`;
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      "--require",
      path.join(ROOT, "test/sources.cjs"),
      path.join(ROOT, "node_modules/@pulumi/pulumi/cmd/run/index.js"),
      `--monitor=${address}`,
      `--engine=${address}`,
      "--organization=organization",
      "--project=netedu",
      `--root-directory=${ROOT}`,
      `--stack=${stack}`,
      "--parallel=16",
      "--dry-run=true",
      `--pwd=${ROOT}`,
      path.join(ROOT, "stacks/"),
    ],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(config.values),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config.secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: "false",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => (output += text.toString()));
  const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
  server.forceShutdown();
  return {
    monitor,
    exitCode,
    output: output + engine.errors.join("\n"),
    seconds: (performance.now() - started) / 1000,
  };
}
