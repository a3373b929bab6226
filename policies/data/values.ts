// Values of declared kinds: what each looks like, and the type of PostgreSQL's own that it is bound as. Pure.

/** The kinds of values that a parameter or a column of a statement takes. */
export type ValueKind = "text" | "whole" | "number" | "day";

export const VALUE_KINDS: Readonly<Record<ValueKind, { type: string; form: RegExp; expected: string }>> = {
  text: { type: "text", form: /^[^\0]{1,1000}$/su, expected: "text of 1 to 1000 characters" },
  whole: { type: "int8", form: /^-?\d{1,18}$/, expected: "a whole number" },
  number: { type: "numeric", form: /^-?\d{1,15}(?:\.\d{1,10})?$/, expected: "a number such as 12.50" },
  day: { type: "date", form: /^\d{4}-\d{2}-\d{2}$/, expected: "a day such as 2026-11-25" },
};

export function fits(kind: ValueKind, value: string): boolean {
  if (!VALUE_KINDS[kind].form.test(value)) return false;
  if (kind !== "day") return true;
  const at = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}
