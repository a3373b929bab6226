// What can be said of a declared value before anything is deployed: known, unknown, or not to be shown.

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
