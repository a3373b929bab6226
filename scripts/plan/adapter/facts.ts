// Answers to provider functions that programs call: declared, because a plan asks no cloud.
import type { PlannedValue } from "../model";
import type { Wire } from "./wire";

type Answer = (args: Record<string, PlannedValue>) => Record<string, Wire>;

/** By token. A function that is not here is refused, so that nobody plans on an invented answer. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  // Its arguments are unknown before the cluster exists, so the SDK hardly ever asks; the shape is what counts.
  "alicloud:cs/getClusterCredential:getClusterCredential": () => ({
    kubeConfig: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  }),
};

export function answer(token: string, args: Record<string, PlannedValue>): Record<string, Wire> | undefined {
  return ANSWERS[token]?.(args);
}
