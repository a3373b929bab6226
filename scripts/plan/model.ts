// What a stack declares, as evaluated from its program: the vocabulary of plans, differences and estimates.
import type { PlannedValue } from "../../policies/engine/value";

export {
  isList,
  isRecord,
  isSecret,
  isUnknown,
  type PlannedValue,
  plain,
  type Secret,
  showValue,
  type Unknown,
} from "../../policies/engine/value";

export interface ResourceOptions {
  protect: boolean;
  retainOnDelete: boolean;
  ignoreChanges: readonly string[];
  replaceOnChanges: readonly string[];
  deleteBeforeReplace: boolean;
  importId: string;
}

export interface PlannedResource {
  urn: string;
  /** `alicloud:rds/instance:Instance` */
  type: string;
  /** Logical name in the program. */
  name: string;
  /** False for components and the stack itself. */
  custom: boolean;
  /** URN of the parent; empty for the stack. */
  parent: string;
  /** URN and id of an explicit provider; empty for the default one. */
  provider: string;
  inputs: Readonly<Record<string, PlannedValue>>;
  options: ResourceOptions;
  /** URNs under which this resource may be known in an earlier state. */
  aliases: readonly string[];
  /** URNs that must exist first. */
  dependencies: readonly string[];
  /** Input property → URNs that its value comes from. */
  propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** `stacks/components/bucket.ts:41`; absent when the runtime did not tell. */
  source?: string;
}

export interface StackPlan {
  stack: string;
  environment: string;
  layer: string;
  /** In the order of registration: what a resource needs stands before it. */
  resources: readonly PlannedResource[];
  outputs: Readonly<Record<string, PlannedValue>>;
  /** Stacks whose outputs it reads. */
  references: readonly string[];
}

/** What exists in the cloud: without components, providers and references to other stacks. */
export function cloudResources(plan: StackPlan): PlannedResource[] {
  return plan.resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
}

/** `alicloud:rds/instance:Instance` reads `rds.Instance`; our own components read by their name alone. */
export function shortType(type: string): string {
  const [packageName, module = "", name = ""] = type.split(":");
  const folder = module.split("/")[0] ?? "";
  if (packageName === "netedu") return name;
  const prefix = packageName === "alicloud" ? "" : `${packageName}.`;
  return name === "" ? type : `${prefix}${folder === "index" || folder === "" ? "" : `${folder}.`}${name}`;
}
