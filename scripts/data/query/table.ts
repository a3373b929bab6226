// The rows of a query as people get them: masked, and as CSV or JSON. Pure.
import type { ColumnKind, DataQuery } from "../../../policies/data/queries";
import { holdsPersonal } from "../quality/keys";
import type { Mask } from "../quality/masking";

export type Value = string | number | null;

export interface ResultTable {
  query: DataQuery;
  rows: readonly (readonly Value[])[];
  /** There are more than are given out. */
  truncated: boolean;
}

/** A number that keeps its value as a JavaScript number; money and counts do, keys of 64 bits may not. */
const NUMBER = /^-?\d{1,12}(?:\.\d{1,3})?$/;

/**
 * One value as it is given out. What looks personal in a column that is said to be plain is masked all the same.
 * @param text as the server's output function printed it
 */
export function given(kind: ColumnKind, text: string | null, mask: Mask): Value {
  if (text === null) return null;
  if (kind === "number") return NUMBER.test(text) ? Number(text) : text;
  if (kind !== "plain") return mask(kind, text);
  return holdsPersonal(text) ? mask("personal", text) : text;
}

/** What a spreadsheet takes for a formula when it opens a file of text (CWE-1236), wide forms among it. */
const FORMULA = /^[\s\p{Cc}]*[=+\-@|%＝＋－＠]|^[\t\r\n]/u;

/** Text that no spreadsheet computes: it is shown with an apostrophe in front, as spreadsheets themselves write such text. */
export const inert = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

/** RFC 4180, in UTF-8 with a byte order mark, which spreadsheets need to see that it is UTF-8. */
export function csvOf({ query, rows }: ResultTable): string {
  const field = (value: Value): string => {
    const text = typeof value === "string" ? inert(value) : String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [query.columns.map(({ title }) => title), ...rows].map((row) => row.map(field).join(","));
  return `\uFEFF${lines.join("\r\n")}\r\n`;
}

export function jsonOf({ query, rows, truncated }: ResultTable): string {
  const records = rows.map((row) =>
    Object.fromEntries(query.columns.map(({ name }, place) => [name, row[place] ?? null])),
  );
  const columns = query.columns.map(({ name, title, kind }) => ({ name, title, kind }));
  return `${JSON.stringify({ query: query.id, title: query.title, columns, truncated, rows: records }, null, 2)}\n`;
}
