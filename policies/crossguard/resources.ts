// Resources as Pulumi's analyzer hands them to a policy, as subjects.
import type { PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import { environmentOfStack, resourceSubject, stackOf } from "../engine/resource";
import type { Subject } from "../engine/subject";
import type { PlannedValue } from "../engine/value";

export function subjectOf(
  { urn, type, name, props, opts }: PolicyResource | ResourceValidationArgs,
  propertyDependencies: Readonly<Record<string, readonly string[]>>,
): Subject {
  const inputs = Object.keys(props).map((key) => [key, read(props, key, namesOf(propertyDependencies[key]))]);
  return resourceSubject({
    urn,
    type,
    name,
    environment: environmentOfStack(stackOf(urn)),
    inputs: Object.fromEntries(inputs) as Record<string, PlannedValue>,
    // The analyzer is not told whether a resource is kept on deletion; no rule asks for it alone.
    flags: { protect: opts.protect, retainOnDelete: false },
    propertyDependencies,
    at: () => undefined,
  });
}

const namesOf = (urns: readonly string[] = []): string[] => urns.map((urn) => urn.split("::").at(-1)!);

/** The package unpacks secrets before a policy sees them, so that only the name can tell what must not be shown. */
const SECRET = /(password|secret|token|private_?key|access_?key)$/i;

/** The package throws when an unknown value is read: here that is a value like others. */
function read(parent: object, key: string | number, from: readonly string[]): PlannedValue {
  let value: unknown;
  try {
    value = Reflect.get(parent, key);
  } catch {
    return { unknown: true, from };
  }
  if (typeof value === "string" && SECRET.test(String(key))) return { secret: true, fingerprint: "" };
  if (Array.isArray(value))
    return Array.from({ length: value.length }, (_, index) => read(value, index, from));
  if (typeof value !== "object" || value === null) return (value ?? null) as PlannedValue;
  const object: object = value;
  return Object.fromEntries(Object.keys(object).map((name) => [name, read(object, name, from)]));
}
