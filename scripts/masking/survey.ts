// Looks for personal data that nobody has declared: reads a few rows of each table that can be read without running code of theirs.
// What is found is a column's name and a kind; the values are forgotten here.
import type { ColumnRule, Kind, MaskedDatabase } from "../../policies/data/masking";
import { codeOf, OpsError } from "../core/errors";
import { qualified, quote } from "../postgres/fingerprint";
import { isLockTimeout } from "../postgres/hold";
import type { Session } from "../postgres/port";
import { type ListedColumn, type ListedTable, listMaskable } from "./catalogue";
import { resolve, ruleOf } from "./declared";
import { kindByName, kindByValues } from "./detect";
import { liesIn, mapScalars, type Segment, segmentsOf, showSegments } from "./json-text";

export interface Suspect {
  /** `schema.table.column`, of JSON with the path behind. */
  place: string;
  kind: Kind;
  by: "name" | "values";
}

export interface Survey {
  /** Looks personal, and nothing is declared. */
  undeclared: Suspect[];
  /** Declared, and wrong. */
  problems: string[];
  /** Could not be looked at, and why. */
  unseen: string[];
  /** Columns that were looked at. */
  columns: number;
}

/** Rows of a table that are looked at, and bytes as stored over which a value is left out. */
const SAMPLED_ROWS = 300;
const SAMPLED_PAGES = 200;
const LONGEST_BYTES = 20_000;
/** Longest that looking at one table may take. */
const PATIENCE = "10s";

/**
 * @param trusted on a copy of our own, in a container: tables whose reading runs code of theirs are read too
 * @throws OpsError
 */
export async function survey(
  session: Session,
  declared: MaskedDatabase | undefined,
  { trusted }: { trusted: boolean },
): Promise<Survey> {
  const listed = await listMaskable(session);
  const found: Survey = {
    undeclared: [],
    problems: resolve(declared, listed).problems,
    unseen: [],
    columns: 0,
  };
  for (const table of listed.filter(({ kind, unlogged }) => kind === "f" || (kind === "r" && !unlogged))) {
    const open = table.columns.filter(({ name }) => isOpen(ruleOf(declared, table, name)));
    const unnamed = open.filter((column) => !suspectName(found, table, column));
    found.columns += table.columns.length;
    if (unnamed.length === 0) continue;
    if (table.kind === "f") found.unseen.push(`${qualified(table)}: its rows live elsewhere`);
    else if (table.hazardous && !trusted)
      found.unseen.push(`${qualified(table)}: reading it may run code of theirs`);
    else await sample(session, declared, table, unnamed, found);
  }
  return { ...found, undeclared: once(found.undeclared) };
}

/** Where `ops migrate` keeps its history: names of migrations are no people's. */
const OURS = "ops_migrations";

/** Nothing is declared of it; or of JSON, whose other paths are looked at. */
const isOpen = (rule: ColumnRule | undefined): boolean =>
  rule === undefined || (typeof rule === "object" && "json" in rule);

/** Parts of one table are one. */
const placeOf = (table: ListedTable, column: string): string => {
  const { schema, name } = table.parents.at(-1) ?? table;
  return `${schema}.${name}.${column}`;
};

const holdsText = ({ category, base, texts }: ListedColumn): boolean =>
  category === "S" || texts || base === "json" || base === "jsonb";
const holdsNumbers = ({ base }: ListedColumn): boolean => base === "int8" || base === "numeric";

/** @returns whether its name told enough */
function suspectName(found: Survey, table: ListedTable, column: ListedColumn): boolean {
  if (column.base === "json" || column.base === "jsonb" || column.generated) return false;
  if (!holdsText(column) && !holdsNumbers(column)) return false;
  if (table.schema === OURS) return false;
  const kind = kindByName(column.name, column.comment);
  if (kind === undefined || (holdsNumbers(column) && !["mobile", "national-id", "bank-card"].includes(kind)))
    return false;
  found.undeclared.push({ place: placeOf(table, column.name), kind, by: "name" });
  return true;
}

async function sample(
  session: Session,
  declared: MaskedDatabase | undefined,
  table: ListedTable,
  columns: readonly ListedColumn[],
  found: Survey,
): Promise<void> {
  const readable = columns.filter((column) => column.own && (holdsText(column) || holdsNumbers(column)));
  for (const { name } of columns.filter((column) => !column.own && holdsText(column)))
    found.unseen.push(`${qualified(table)}.${name}: of a type that is not PostgreSQL's own`);
  if (readable.length === 0) return;
  try {
    const rows = await readSome(session, table, readable);
    for (const [index, column] of readable.entries()) {
      const values = rows.flatMap((row) => row[`c${index}`] ?? []);
      found.undeclared.push(...judge(table, column, values, ruleOf(declared, table, column.name)));
    }
  } catch (error) {
    await session.query("rollback");
    if (error instanceof OpsError && error.exit === "unavailable" && codeOf(error.cause) !== "42501")
      throw error;
    const why = isLockTimeout(error) ? "it was locked, or took too long" : "the server refused to read it";
    found.unseen.push(`${qualified(table)}: ${why}`);
  }
}

/** Held without queueing, and shown to be what was listed, before it is read. */
async function readSome(
  session: Session,
  table: ListedTable,
  columns: readonly ListedColumn[],
): Promise<Record<string, string | null>[]> {
  const name = qualified(table);
  await session.query("begin read only");
  await session.query(`set local lock_timeout = '1ms'; set local statement_timeout = '${PATIENCE}'`);
  await session.query(`lock table only ${name} in access share mode nowait`);
  const [held] = await session.query<{ pages: number }>(
    `select relpages as pages from pg_class where oid = $1::oid and oid = $2::regclass and relkind = 'r'`,
    [table.oid, name],
  );
  if (!held) throw new Error("another relation took its name");
  const some = held.pages > SAMPLED_PAGES ? `tablesample system (${(100 * SAMPLED_PAGES) / held.pages})` : "";
  const values = columns.map(({ name: column }, index) => {
    const quoted = quote(column);
    return `case when pg_column_size(${quoted}) < ${LONGEST_BYTES} then ${quoted}::text end as c${index}`;
  });
  const rows = await session.query<Record<string, string | null>>(
    `select ${values.join(", ")} from only ${name} ${some} limit ${SAMPLED_ROWS}`,
  );
  await session.query("commit");
  return rows;
}

/** Pure. */
export function judge(
  table: ListedTable,
  column: ListedColumn,
  values: readonly string[],
  rule: ColumnRule | undefined,
): Suspect[] {
  const place = placeOf(table, column.name);
  if (column.base !== "json" && column.base !== "jsonb") {
    const kind = kindByValues(values);
    return kind === undefined ? [] : [{ place, kind, by: "values" }];
  }
  const covered =
    rule && typeof rule === "object" && "json" in rule ? Object.keys(rule.json).map(segmentsOf) : [];
  return [...scalarsOf(values)].flatMap(([path, { at, texts }]): Suspect[] => {
    if (covered.some((each) => liesIn(at, each))) return [];
    const named = kindByName(String(at.findLast((each) => typeof each === "string") ?? ""));
    const kind = named ?? kindByValues(texts);
    return kind === undefined ? [] : [{ place: `${place} ${path}`, kind, by: named ? "name" : "values" }];
  });
}

function scalarsOf(values: readonly string[]): Map<string, { at: readonly Segment[]; texts: string[] }> {
  const found = new Map<string, { at: readonly Segment[]; texts: string[] }>();
  for (const value of values)
    mapScalars(value, (text, at) => {
      const path = showSegments(at);
      const known = found.get(path) ?? { at, texts: [] };
      known.texts.push(text);
      found.set(path, known);
      return undefined;
    });
  return found;
}

function once(suspects: readonly Suspect[]): Suspect[] {
  return [...new Map(suspects.map((each) => [each.place, each])).values()];
}

export const showSuspect = ({ place, kind, by }: Suspect): string =>
  `${place} looks like ${kind} by its ${by}`;
