// Runs the stack programs inside this process, each in a Pulumi runtime of its own, against a monitor in memory.
// No CLI, no plugin, no socket, no credentials.
import * as pulumi from "@pulumi/pulumi";
import * as runtimeState from "@pulumi/pulumi/runtime/state";
import type { PlannedValue, StackPlan } from "../model";
import { isSecret } from "../model";
import { answer } from "./facts";
import { type MonitorHooks, StackMonitor } from "./monitor";
import { encodeOutputs } from "./wire";

/** A Pulumi project as found in a checkout. */
export interface Project {
  name: string;
  /** Places of the running program → `file:line` in the repository. */
  locate: MonitorHooks["locate"];
  /** Plain and secret configuration of a stack; @throws for what the user can correct */
  config(stack: string): { values: Record<string, string>; secretKeys: string[] };
  program(stack: string): () => Promise<Record<string, unknown>>;
  place(stack: string): { environment: string; layer: string };
}

/** Exported by the SDK for its own language host (automation/server.js) and left out of its declarations. */
interface SdkInternals {
  withLocalStorage<T>(body: () => Promise<T>): Promise<T>;
}
interface SdkRuntime {
  awaitFeatureSupport(): Promise<void>;
}
const { withLocalStorage } = runtimeState as unknown as SdkInternals;
const { awaitFeatureSupport } = pulumi.runtime as unknown as SdkRuntime;

type Callback = (error: unknown, response?: unknown) => void;

/**
 * The monitor as the SDK's gRPC client presents it: request, then metadata or options, then a callback.
 * @param refused takes every refusal: the SDK leaves some of them to the process's last-resort handlers
 */
function clientOf(monitor: StackMonitor, refused: (error: unknown) => void): object {
  return new Proxy(monitor, {
    get: (target, method) => {
      const handler: unknown = Reflect.get(target, method);
      if (typeof handler !== "function") return undefined;
      return (request: unknown, ...rest: unknown[]) => {
        const done = rest.findLast((argument) => typeof argument === "function") as Callback | undefined;
        void (Reflect.apply(handler, target, [request]) as Promise<unknown>).then(
          (response) => done?.(null, response),
          (error: unknown) => {
            refused(error);
            done?.(error);
          },
        );
      };
    },
  });
}

/** Evaluates stacks of one project; each stack once, however many refer to it. */
export class Evaluator {
  private readonly failures: unknown[] = [];
  private readonly plans = new Map<string, Promise<StackPlan>>();

  constructor(private readonly project: Project) {}

  /** One after the other, so that a circle of references is found and not waited for. */
  async evaluate(stacks: readonly string[]): Promise<StackPlan[]> {
    // Node would map every frame of the stack trace that the SDK takes for each resource; `locate` maps the one we need.
    process.setSourceMapsEnabled(false);
    // The SDK writes a stack trace onto every promise that it watches and reads none of them unless it looks for leaks;
    // where it needs a whole one, for the place of a resource, it asks for that itself.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 2;
    // The SDK leaves what fails in an `apply` to the process; without this the resource would silently be missing.
    const failed = (error: unknown): void => void this.failures.push(error);
    process.on("unhandledRejection", failed);
    try {
      const plans: StackPlan[] = [];
      for (const stack of stacks) plans.push(await this.planOf(stack, []));
      return plans;
    } finally {
      await settled(); // what a failing stack still rejects belongs to it
      process.off("unhandledRejection", failed);
      Error.stackTraceLimit = stackTraceLimit;
      process.setSourceMapsEnabled(true);
    }
  }

  private planOf(stack: string, above: readonly string[]): Promise<StackPlan> {
    if (above.includes(stack)) {
      return Promise.reject(
        new Error(`stacks refer to each other in a circle: ${[...above, stack].join(" → ")}`),
      );
    }
    const known = this.plans.get(stack);
    if (known) return known;
    const plan = this.run(stack, [...above, stack]);
    this.plans.set(stack, plan);
    return plan;
  }

  private async run(stack: string, chain: readonly string[]): Promise<StackPlan> {
    const monitor = new StackMonitor(this.project.name, stack, {
      reference: async (name) => {
        const { outputs } = await this.planOf(name, chain);
        return { outputs: encodeOutputs(name, outputs), secretNames: secretNames(outputs) };
      },
      invoke: answer,
      locate: this.project.locate,
    });
    const { values, secretKeys } = this.project.config(stack);
    const refusals: unknown[] = [];
    const client = clientOf(monitor, (error) => refusals.push(error));
    await withLocalStorage(async () => {
      pulumi.runtime.setMockOptions(client, this.project.name, stack, true, "organization");
      await awaitFeatureSupport();
      pulumi.runtime.setAllConfig(values, secretKeys);
      await pulumi.runtime.runInPulumiStack(this.project.program(stack));
      await pulumi.runtime.disconnect();
    }).catch((error: unknown) => {
      // What the monitor refused comes first: what the SDK makes of it says less.
      throw inStack(stack, refusals[0] ?? error);
    });
    await settled();
    const [failure] = [...refusals, ...this.failures];
    if (failure !== undefined) throw inStack(stack, failure);
    return {
      stack,
      ...this.project.place(stack),
      resources: monitor.resources,
      outputs: monitor.outputs,
      references: [...new Set(monitor.references)].sort(),
    };
  }
}

/** Rejections are called unhandled only after all microtasks. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Names the stack once, however many stacks the failure has gone through. */
function inStack(stack: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.name === "DeclarationError" || /^stack \S+: /.test(error.message))
    return error;
  return new Error(`stack ${stack}: ${error.message}`, { cause: error });
}

function secretNames(outputs: Readonly<Record<string, PlannedValue>>): string[] {
  return Object.keys(outputs).filter((name) => isSecret(outputs[name]));
}
