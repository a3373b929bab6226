// What a stack declares, as evaluated from its program: the vocabulary of plans, differences and estimates.
// Pure data; knows nothing of Pulumi's wire format.

/** A value that nobody can know before the cloud has answered; `from` names where it will come from. */
export interface Unknown {
  unknown: true;
  /** Logical names of resources, or `stack.output` for a value of another stack. */
  from: readonly string[];
}

/** A value that must not be shown. `fingerprint` (keyed, of this process only) tells whether two are the same. */
export interface Secret {
  secret: true;
  fingerprint: string;
}

export type PlannedValue =
  | string
  | number
  | boolean
  | null
  | Unknown
  | Secret
  | readonly PlannedValue[]
  | { readonly [key: string]: PlannedValue };

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

export function isUnknown(value: PlannedValue | undefined): value is Unknown {
  return typeof value === "object" && value !== null && "unknown" in value && value.unknown === true;
}

export function isSecret(value: PlannedValue | undefined): value is Secret {
  return typeof value === "object" && value !== null && "secret" in value && value.secret === true;
}

export function isList(value: PlannedValue | undefined): value is readonly PlannedValue[] {
  return Array.isArray(value);
}

export function isRecord(value: PlannedValue | undefined): value is { readonly [key: string]: PlannedValue } {
  return (
    typeof value === "object" && value !== null && !isList(value) && !isUnknown(value) && !isSecret(value)
  );
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

/** One line for people. */
export function showValue(value: PlannedValue | undefined): string {
  if (value === undefined) return "(unset)";
  if (isUnknown(value)) return value.from.length > 0 ? `‹${value.from.join(", ")}›` : "‹unknown›";
  if (isSecret(value)) return "[secret]";
  return typeof value === "string" ? value : JSON.stringify(plain(value));
}

/** Unknowns and secrets replaced by what may be shown, so that the rest can be printed as JSON. */
export function plain(value: PlannedValue): unknown {
  if (isUnknown(value) || isSecret(value)) return showValue(value);
  if (isList(value)) return value.map(plain);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(child)]));
  return value;
}
