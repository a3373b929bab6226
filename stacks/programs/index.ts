// Which program a stack runs.
import * as pulumi from "@pulumi/pulumi";
import { parseStack, type StackName } from "../environments";
import { compute } from "./compute";
import { data } from "./data";
import { drill } from "./drill";
import { network } from "./network";
import { watch } from "./watch";

type Program = () => Promise<Record<string, unknown>>;

const PROGRAMS: Readonly<Record<StackName["layer"], Program>> = { network, data, compute, watch, drill };

/** Runs the program of the current stack; its outputs. @throws Error when the stack is none of ours */
export async function program(): Promise<Record<string, unknown>> {
  const stack = pulumi.getStack();
  const name = parseStack(stack);
  if (!name) throw new Error(`${stack} is no stack: <environment>-<layer>, or drill-<id>`);
  return PROGRAMS[name.layer]();
}
