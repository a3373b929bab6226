// Pulumi's entry: the stack's name chooses its program. The official runner and `ops plan` both start here.
import * as pulumi from "@pulumi/pulumi";
import { parseStack, type StackName } from "./environments";

export type Program = () => Promise<Record<string, unknown>>;

/** Loaded when needed: a stack pays only for the packages of its own layer. */
const PROGRAMS: Readonly<Record<StackName["layer"], () => Promise<Program>>> = {
  network: async () => (await import("./programs/network.js")).network,
  data: async () => (await import("./programs/data.js")).data,
  compute: async () => (await import("./programs/compute.js")).compute,
  watch: async () => (await import("./programs/watch.js")).watch,
  drill: async () => (await import("./programs/drill.js")).drill,
};

/** Loads the programs of the given stacks and runs none. */
export async function load(stacks: readonly string[]): Promise<void> {
  const layers = new Set(stacks.flatMap((stack) => parseStack(stack)?.layer ?? []));
  await Promise.all([...layers].map((layer) => PROGRAMS[layer]()));
}

/** @throws Error when the running stack is none of ours */
export default async function program(): Promise<Record<string, unknown>> {
  const stack = pulumi.getStack();
  const name = parseStack(stack);
  if (!name) throw new Error(`${stack} is no stack: <environment>-<layer>, or drill-<id>`);
  return (await PROGRAMS[name.layer]())();
}
