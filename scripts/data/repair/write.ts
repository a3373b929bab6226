// One row under its lock: found as it is now, decided about, written, and what it was kept beside it. All in the caller's transaction.
import { codeOf, OpsError, refusedByServer } from "../../core/errors";
import { qualified, quote } from "../../postgres/fingerprint";
import { isLockTimeout } from "../../postgres/hold";
import type { Session } from "../../postgres/port";
import type { Root } from "../images/catalogue";
import { type Column, type Image, keyOf } from "../images/change";
import { relation } from "../images/present";
import type { Decision } from "./decide";
import { statementOf } from "./plan";

/** A row that is locked. */
export interface LockedRow {
  tableoid: string;
  ctid: string;
  image: Image;
}

/** A table with what is needed to find its rows. */
export interface Writable {
  root: Root;
  /** For each column of the key, its unique index's own `=`. */
  operators: readonly string[];
}

/** The equality by which the key is unique, whatever the search path and whoever else made an `=`. */
const OPERATORS = `
  select format('operator(%I.%s)', n.nspname, o.oprname) as operator
    from unnest($2::text[]) with ordinality as k(name, at)
    join pg_attribute a on a.attrelid = $1 and a.attname = k.name
    left join pg_opclass c on c.opcmethod = 403 and c.opcdefault and c.oid = (
      select i.indclass[u.at - 1] from pg_index i cross join lateral unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as u(attnum, at)
       where i.indrelid = $1 and i.indisunique and i.indpred is null and u.attnum = a.attnum order by i.indisprimary desc limit 1)
    left join pg_amop m on m.amopfamily = c.opcfamily and m.amopstrategy = 3 and m.amoplefttype = c.opcintype and m.amoprighttype = c.opcintype
    left join pg_operator o on o.oid = m.amopopr left join pg_namespace n on n.oid = o.oprnamespace
   order by k.at`;

export async function writable(session: Session, root: Root): Promise<Writable> {
  const names = root.key.map((at) => root.columns[at]!.name);
  const rows = await session.query<{ operator: string | null }>(OPERATORS, [root.oid, names]);
  return { root, operators: rows.map(({ operator }) => operator ?? "operator(pg_catalog.=)") };
}

/** As text, by the type's own output function; NULL stays NULL. */
function outputOf({ name, generated }: Column): string {
  if (generated) return "null";
  const column = `r.${quote(name)}`;
  return `case when ${column} is distinct from null then format('%s', ${column}) end`;
}

function imageList({ columns }: Root): string {
  return columns.map((column, index) => `${outputOf(column)} as c${index}`).join(", ");
}

type RawRow = { tableoid: string; ctid: string } & Record<string, string | null>;

function rowOf({ columns }: Root, raw: RawRow): LockedRow {
  return {
    tableoid: raw.tableoid,
    ctid: raw.ctid,
    image: columns.map((_, index) => raw[`c${index}`] ?? null),
  };
}

/**
 * The row that is told apart by the image's key or, in a table without a key, one with the whole image; locked.
 * Whoever holds it is waited for no longer than the transaction's `lock_timeout`.
 */
export async function lockRow(
  session: Session,
  { root, operators }: Writable,
  image: Image,
): Promise<LockedRow | null> {
  const positions =
    root.key.length > 0 ? root.key : root.columns.flatMap(({ generated }, at) => (generated ? [] : [at]));
  const values: (string | null)[] = [];
  const conditions = positions.map((at, index) => {
    const value = image[at] ?? null;
    if (value === null) return `r.${quote(root.columns[at]!.name)} is not distinct from null`;
    values.push(value);
    return root.key.length > 0
      ? `r.${quote(root.columns[at]!.name)} ${operators[index]} $${values.length}`
      : `format('%s', r.${quote(root.columns[at]!.name)}) = $${values.length}`;
  });
  const sql = `select r.tableoid::text as tableoid, r.ctid::text as ctid, ${imageList(root)} from ${relation(root)} r
                where ${conditions.join(" and ")} ${root.key.length > 0 ? "" : "limit 1"} for update`;
  const rows = await session.query<RawRow>(sql, values);
  const found = rows.map((raw) => rowOf(root, raw));
  // An operator may take for equal what is not the same.
  return found.find((row) => keyOf(root, row.image) === keyOf(root, image)) ?? null;
}

/** @returns the row as it is afterwards, null when it was deleted. @throws Error when not exactly one row was written */
export async function writeRow(
  session: Session,
  { root }: Writable,
  locked: LockedRow | null,
  deed: Exclude<Decision["deed"], { do: "nothing" }>,
): Promise<Image | null> {
  const sql = statementOf(root, deed);
  const place = locked ? [locked.tableoid, locked.ctid] : [];
  const values =
    deed.do === "insert"
      ? deed.image.filter((_, at) => !root.columns[at]!.generated)
      : deed.do === "update"
        ? [...place, ...deed.columns.map((at) => deed.image[at] ?? null)]
        : place;
  const rows = await session
    .query<RawRow>(
      `${sql} returning r.tableoid::text as tableoid, r.ctid::text as ctid, ${imageList(root)}`,
      values,
    )
    .catch((error: unknown) => {
      throw refusal(root, deed.do, error);
    });
  if (rows.length !== 1)
    throw new Error(`${deed.do} in ${qualified(root)} wrote ${rows.length} rows instead of 1`);
  return deed.do === "delete" ? null : rowOf(root, rows[0]!).image;
}

/** Somebody held a row, or everything took too long: the batch is tried again. serialization_failure beside those of a lock. */
export function isBusy(error: unknown): boolean {
  return isLockTimeout(error) || codeOf(error) === "40001";
}

/** Of what the server says only the code and a constraint's name: the rest may quote values. */
function refusal(root: Root, deed: string, error: unknown): unknown {
  if (!refusedByServer(error) || isBusy(error)) return error;
  const { constraint } = error as Error & { constraint?: unknown };
  const by = typeof constraint === "string" ? ` by ${constraint}` : "";
  return new OpsError("fail", `${deed} in ${qualified(root)} was refused${by} (SQLSTATE ${codeOf(error)})`, {
    expected: "rows that the table still takes: another may have taken their place since",
    todo: "this batch was not written; see which rows of now stand in the way, or make a plan without this table's transaction",
  });
}
