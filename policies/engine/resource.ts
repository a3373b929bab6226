// A Pulumi resource as a subject, whoever tells of it: a plan, a preview, a state, or the engine asking a policy pack.
import type { Path, Place, ResourceFlags, Subject } from "./subject";
import type { PlannedValue } from "./value";

export interface ResourceFacts {
  urn: string;
  type: string;
  name: string;
  environment: string;
  inputs: Readonly<Record<string, PlannedValue>>;
  flags?: ResourceFlags;
  /** Input property → URNs that its value comes from. */
  propertyDependencies: Readonly<Record<string, readonly string[]>>;
  at(path: Path): Place | undefined;
}

export function resourceSubject(facts: ResourceFacts): Subject {
  const { urn, type, name, environment, inputs, flags, propertyDependencies, at } = facts;
  return {
    surface: "stack",
    type,
    id: urn,
    name,
    environment,
    properties: inputs,
    ...(flags ? { flags } : {}),
    references: (property) =>
      Object.hasOwn(propertyDependencies, property) ? propertyDependencies[property]! : [],
    at,
  };
}

/** `urn:pulumi:prod-data::…` → `prod-data`; empty when it is no URN. */
export function stackOf(urn: string): string {
  return /^urn:pulumi:([^:]+)::/.exec(urn)?.[1] ?? "";
}

/** `prod-data` → `prod`; a drill's stack is its environment. */
export function environmentOfStack(stack: string): string {
  return stack.startsWith("drill-") ? stack : stack.replace(/-[^-]+$/, "");
}
