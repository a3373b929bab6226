// Compares two values of a plan property by property.
import { type PropertyChange as Difference, differences, type Shape } from "../core/difference";
import { isList, isRecord, isSecret, isUnknown, type PlannedValue } from "./model";

export type PropertyChange = Difference<PlannedValue>;

export interface CompareOptions {
  /** An unknown or secret value equals anything: for comparing a plan with what was really deployed. */
  lenient?: boolean;
}

const opaque = (value: PlannedValue | undefined): boolean => isUnknown(value) || isSecret(value);

function same(
  before: PlannedValue | undefined,
  after: PlannedValue | undefined,
  { lenient }: CompareOptions,
): boolean {
  if (lenient && (opaque(before) || opaque(after))) return true;
  if (isUnknown(before) && isUnknown(after)) return before.from.join() === after.from.join();
  if (isSecret(before) && isSecret(after)) return before.fingerprint === after.fingerprint;
  return before === after;
}

/** Leaves that differ, in the order of their paths. A list is compared by position. */
export function compareValues(
  before: PlannedValue | undefined,
  after: PlannedValue | undefined,
  options: CompareOptions = {},
): PropertyChange[] {
  const shape: Shape<PlannedValue> = {
    members: (value) => (isRecord(value) ? value : undefined),
    items: (value) => (isList(value) ? value : undefined),
    same: (one, other) => same(one, other, options),
  };
  return differences(shape, before, after);
}

/** First name of a path: `tags.owner` → `tags`. */
export function topLevel(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

/** True when the path is the pattern or lies below it; `[*]` stands for any element. */
export function under(path: string, pattern: string): boolean {
  const general = path.replace(/\[\d+\]/g, "[*]");
  return [path, general].some(
    (form) => form === pattern || form.startsWith(`${pattern}.`) || form.startsWith(`${pattern}[`),
  );
}
