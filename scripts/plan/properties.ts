// Compares two values of a plan property by property. Pure; knows nothing of resources.
import { isList, isRecord, isSecret, isUnknown, type PlannedValue } from "./model";

export interface PropertyChange {
  /** `lifecycleRules[0].expirations` */
  path: string;
  before: PlannedValue | undefined;
  after: PlannedValue | undefined;
}

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
  path: string,
  before: PlannedValue | undefined,
  after: PlannedValue | undefined,
  options: CompareOptions = {},
): PropertyChange[] {
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) =>
      compareValues(path === "" ? name : `${path}.${name}`, before[name], after[name], options),
    );
  }
  if (isList(before) && isList(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      compareValues(`${path}[${index}]`, before[index], after[index], options),
    );
  }
  return same(before, after, options) ? [] : [{ path, before, after }];
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
