// A statement's text -> the items that its provider says happened. Pure. Of each item only number and time are taken.
import { createHash } from "node:crypto";
import type { StatementForm } from "../../../policies/data/statements";
import { OpsError } from "../../core/errors";
import { parseInstant } from "../../core/instant";

export interface Item {
  /** Digest of provider and number: what evidence knows it by. */
  id: string;
  number: string;
  at: Date;
  /** `payment-20261201.csv:17` */
  place: string;
}

const ID_DIGITS = 16;
/** No statement is refused for being ahead of our clock. */
const FAR = new Date(8.64e15);

export function idOf(provider: string, number: string): string {
  return createHash("sha256").update(`${provider}\0${number}`).digest("hex").slice(0, ID_DIGITS);
}

/** @throws OpsError config, naming file and line, never what stands there */
export function readStatement(form: StatementForm, file: string, text: string): Item[] {
  const rows = form.format === "csv" ? csvRows(form, file, text) : jsonRows(form, file, text);
  const { number: numberColumn, at: atColumn, status } = form.columns;
  return rows.flatMap(({ place, values }) => {
    if (status && !status.counts.includes(values[status.column] ?? "")) return [];
    const number = values[numberColumn];
    const at = values[atColumn];
    if (!number || !at) throw wrong(place, `has no ${number ? atColumn : numberColumn}`);
    return [{ id: idOf(form.name, number), number, at: instant(at, form.zone, place), place }];
  });
}

interface StatementRow {
  place: string;
  values: Record<string, string>;
}

/** Providers put a few lines before the heading and behind the last row; the heading is the first line that has every column. */
function csvRows(form: StatementForm, file: string, text: string): StatementRow[] {
  const { number, at, status } = form.columns;
  const wanted = [number, at, ...(status ? [status.column] : [])];
  const lines = csvLines(text.replace(/^\uFEFF/, ""));
  const head = lines.findIndex(({ cells }) => wanted.every((column) => cells.includes(column)));
  const heading = lines[head]?.cells;
  if (!heading) throw wrong(file, `has no heading with ${wanted.join(", ")}`);
  return lines
    .slice(head + 1)
    .filter(({ cells }) => cells.length === heading.length)
    .map(({ line, cells }) => ({
      place: `${file}:${line}`,
      values: Object.fromEntries(heading.map((column, index) => [column, cells[index]!])),
    }));
}

/** RFC 4180; a leading ` or tab, by which spreadsheets are kept from reading numbers, is none of the value. */
export function csvLines(text: string): { line: number; cells: string[] }[] {
  const lines: { line: number; cells: string[] }[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let [line, cells] = [1, [] as string[]];
  for (let at = 0, from = 1; at < text.length; ) {
    cell.lastIndex = at;
    const found = cell.exec(text);
    if (!found) throw new OpsError("config", `line ${line} of a statement is no CSV`);
    const [whole, quoted, plain = "", end] = found;
    cells.push((quoted === undefined ? plain : quoted.replaceAll('""', '"')).replace(/^[`\t]+/, "").trim());
    line += whole.split("\n").length - 1;
    at += whole.length;
    if (end === ",") continue;
    if (cells.some((each) => each !== "")) lines.push({ line: from, cells });
    [cells, from] = [[], line];
  }
  return lines;
}

function jsonRows(form: StatementForm, file: string, text: string): StatementRow[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(file, "is no JSON");
  }
  for (const name of form.list?.split(".") ?? [])
    value =
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  if (!Array.isArray(value)) throw wrong(file, `holds no list${form.list ? ` at ${form.list}` : ""}`);
  return value.map((row: unknown, index) => ({
    place: `${file}:[${index}]`,
    values: Object.fromEntries(
      Object.entries(typeof row === "object" && row !== null ? row : {}).map(([name, each]) => [
        name,
        String(each),
      ]),
    ),
  }));
}

/** `2026/12/01 20:32:19`, `20261201203219` and ISO 8601, in the provider's zone where they name none. */
function instant(text: string, zone: string, place: string): Date {
  const [, y, m, d, h, min, s] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? [];
  const plain = y === undefined ? text.replaceAll("/", "-") : `${y}-${m}-${d} ${h}:${min}:${s}`;
  const named = /(Z|UTC|[+-]\d{2}(:?\d{2})?)$/i.test(plain.slice(10));
  try {
    return parseInstant(named ? plain : `${plain} ${zone}`, FAR).at;
  } catch {
    throw wrong(place, "has no time that can be read");
  }
}

function wrong(place: string, what: string): OpsError {
  return new OpsError("config", `${place} ${what}`, {
    expected: "a statement as policies/data/statements declares it",
    todo: "ask the provider for it again, or correct the declaration",
  });
}
