// How values and types are called in messages.

export function showFound(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string"
    ? `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`
    : String(value);
}

/** By JSON Schema's names. */
export const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: "a mapping",
  array: "a list",
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
};
