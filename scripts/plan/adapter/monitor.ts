// Pulumi's resource monitor, played in memory: it answers a program's requests as the engine does in a preview and
// keeps each of them whole. Knows the protocol, not the transport: in process or over gRPC the handlers are the same.

import * as provider from "@pulumi/pulumi/proto/provider_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { PlannedResource, PlannedValue } from "../model";
import { aliasUrns, ROOT_TYPE, urnOf } from "./urn";
import { decode, type Wire } from "./wire";

/** What the Node SDK of the pinned version asks for and we support. */
const FEATURES = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "deletedWith",
  "replaceWith",
  "aliasSpecs",
  "parameterization",
]);

const REFERENCE_TYPE = "pulumi:pulumi:StackReference";

export interface MonitorHooks {
  /** Outputs of another stack, encoded for the wire. @throws when there is none, or on a cycle */
  reference(stack: string): Promise<{ outputs: Record<string, Wire>; secretNames: string[] }>;
  /** Answers a provider function from declared facts; undefined = nobody knows. */
  invoke(token: string, args: Record<string, PlannedValue>): Record<string, Wire> | undefined;
  /** `stacks/…:line` of a place in the running program; undefined when it is not in `stacks/`. */
  locate(uri: string, line: number, column: number): string | undefined;
}

export class StackMonitor {
  readonly resources: PlannedResource[] = [];
  readonly references: string[] = [];
  outputs: Record<string, PlannedValue> = {};
  private readonly byUrn = new Map<string, PlannedResource>();

  constructor(
    private readonly project: string,
    private readonly stack: string,
    private readonly hooks: MonitorHooks,
  ) {}

  async supportsFeature(request: proto.SupportsFeatureRequest): Promise<proto.SupportsFeatureResponse> {
    const response = new proto.SupportsFeatureResponse();
    response.setHassupport(FEATURES.has(request.getId()));
    return response;
  }

  async registerResource(request: proto.RegisterResourceRequest): Promise<proto.RegisterResourceResponse> {
    const resource = this.read(request);
    this.add(resource);
    const response = new proto.RegisterResourceResponse();
    response.setUrn(resource.urn);
    // No id: a preview does not know it. Inputs come back as outputs; what they lack is unknown to the program.
    response.setObject(request.getObject() ?? new Struct());
    return response;
  }

  async registerResourceOutputs(request: proto.RegisterResourceOutputsRequest): Promise<Empty> {
    const resource = this.byUrn.get(request.getUrn());
    if (resource?.type === ROOT_TYPE) {
      const outputs = request.getOutputs()?.toJavaScript() ?? {};
      this.outputs = Object.fromEntries(
        Object.entries(outputs).map(([name, value]) => [name, decode(value, [])]),
      );
    }
    return new Empty();
  }

  /** Reads of existing resources: we only know those of our own stacks. */
  async readResource(request: proto.ReadResourceRequest): Promise<proto.ReadResourceResponse> {
    const urn = urnOf(this.stack, this.project, request.getParent(), request.getType(), request.getName());
    const response = new proto.ReadResourceResponse();
    response.setUrn(urn);
    if (request.getType() !== REFERENCE_TYPE) {
      response.setProperties(request.getProperties() ?? new Struct());
      return response;
    }
    const name = request.getId();
    const stack = name.split("/").at(-1)!;
    this.references.push(stack);
    const { outputs, secretNames } = await this.hooks.reference(stack);
    const properties = { name, outputs, secretOutputNames: secretNames } as Record<string, JavaScriptValue>;
    response.setProperties(Struct.fromJavaScript(properties));
    return response;
  }

  async invoke(request: proto.ResourceInvokeRequest): Promise<provider.InvokeResponse> {
    const args = decode(request.getArgs()?.toJavaScript() ?? {}, []) as Record<string, PlannedValue>;
    const answer = this.hooks.invoke(request.getTok(), args);
    if (!answer)
      throw new Error(`${request.getTok()} has no declared answer (scripts/plan/adapter/facts.ts)`);
    const response = new provider.InvokeResponse();
    response.setReturn(Struct.fromJavaScript(answer as Record<string, JavaScriptValue>));
    return response;
  }

  async registerPackage(request: proto.RegisterPackageRequest): Promise<proto.RegisterPackageResponse> {
    const response = new proto.RegisterPackageResponse();
    response.setRef(`${request.getName()}@${request.getVersion()}`);
    return response;
  }

  async signalAndWaitForShutdown(): Promise<Empty> {
    return new Empty();
  }

  private add(resource: PlannedResource): void {
    const twin = this.byUrn.get(resource.urn);
    if (twin) {
      throw new Error(
        `duplicate resource ${resource.urn}: declared at ${twin.source ?? "?"} and at ${resource.source ?? "?"}`,
      );
    }
    this.resources.push(resource);
    this.byUrn.set(resource.urn, resource);
  }

  /** The innermost frame that is ours: the SDK and what it calls lie above it. */
  private sourceOf(request: proto.RegisterResourceRequest): string | undefined {
    for (const frame of request.getStacktrace()?.getFramesList() ?? []) {
      const place = frame.getPc();
      const source = place && this.hooks.locate(place.getUri(), place.getLine(), place.getColumn());
      if (source !== undefined) return source;
    }
    return undefined;
  }

  private read(request: proto.RegisterResourceRequest): PlannedResource {
    const [type, name, parent] = [request.getType(), request.getName(), request.getParent()];
    const propertyDependencies: Record<string, string[]> = {};
    request.getPropertydependenciesMap().forEach((dependencies, property) => {
      if (dependencies.getUrnsList().length > 0)
        propertyDependencies[property] = dependencies.getUrnsList().sort();
    });
    const inputs = Object.entries(request.getObject()?.toJavaScript() ?? {}).map(([property, value]) => {
      const from = (propertyDependencies[property] ?? []).map((urn) => urn.split("::").at(-1)!);
      return [property, decode(value, from)] as const;
    });
    const source = this.sourceOf(request);
    return {
      urn: urnOf(this.stack, this.project, parent, type, name),
      type,
      name,
      custom: request.getCustom(),
      parent,
      provider: request.getProvider(),
      inputs: Object.fromEntries(inputs),
      options: {
        protect: request.getProtect() ?? false,
        retainOnDelete: request.getRetainondelete() ?? false,
        ignoreChanges: request.getIgnorechangesList(),
        replaceOnChanges: request.getReplaceonchangesList(),
        deleteBeforeReplace: request.getDeletebeforereplace(),
        importId: request.getImportid(),
      },
      aliases: aliasUrns(this.stack, this.project, request, this.byUrn.get(parent)),
      dependencies: request.getDependenciesList().sort(),
      propertyDependencies,
      ...(source === undefined ? {} : { source }),
    };
  }
}
