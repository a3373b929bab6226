// Deletions that people asked for, remembered by table and key without anything personal, and carried out again on a copy of a time
// before: what was deleted must not come back with a restore. Pure but for the session that it is given.
import { randomBytes } from "node:crypto";
import * as v from "valibot";
import type { ForgottenRows, MaskedDatabase, MaskedPlatform } from "../../policies/data/masking";
import { OpsError } from "../core/errors";
import { type Facts, factsIn, INSTANT } from "../evidence/facts";
import type { LedgerEntry } from "../evidence/port";
import { qualified, quote } from "../postgres/fingerprint";
import type { Database, Session } from "../postgres/port";
import { isNamed, type ListedTable, listMaskable } from "./catalogue";
import { resolve } from "./declared";
import { maskWith } from "./mask";
import { QUIET, refused, rewrite, whereOf } from "./rewrite";

/** What `ops data forget` leaves in evidence. */
export const FORGET_FACTS = v.object({
  forget: v.object({ database: v.string(), table: v.string(), key: v.string(), at: INSTANT }),
});
export type Forgotten = Facts<typeof FORGET_FACTS>["forget"];

/** A row's own number, which tells nothing of anybody: whole numbers and UUIDs. */
export const SURROGATE = /^(\d{1,19}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * An application carries a deletion out some time after it was asked for. So long before a restore point what was asked may not have
 * been done there yet; what is older was, or was kept for a reason.
 */
const CARRIED_OUT_WITHIN_DAYS = 30;
const JOB = "data";

/** Of this platform's evidence, oldest first: what a copy of this moment may still hold. @throws OpsError evidence */
export function forgottenAt(entries: readonly LedgerEntry[], platform: string, moment: Date): Forgotten[] {
  const since = moment.getTime() - CARRIED_OUT_WITHIN_DAYS * 86_400_000;
  return entries
    .filter(({ predicate }) => predicate.job === JOB && predicate.platform === platform)
    .flatMap((entry) => factsIn(entry, FORGET_FACTS)?.forget ?? [])
    .filter(({ at }) => Date.parse(at) >= since);
}

export interface Replayed {
  /** Requests that were carried out again. */
  requests: number;
  deleted: number;
  masked: number;
}

/** The declaration of a table of people. */
export function declaredRows(
  platform: MaskedPlatform | undefined,
  { database, table }: Pick<Forgotten, "database" | "table">,
): { of: MaskedDatabase; rows: ForgottenRows } | undefined {
  const of = platform?.databases.find((each) => each.database === database);
  const rows = of?.forget?.find((each) => each.table === table);
  return of && rows ? { of, rows } : undefined;
}

/** @throws OpsError fail: then somebody is there who asked not to be */
export async function forgetAgain(
  server: Database,
  platform: MaskedPlatform | undefined,
  requests: readonly Forgotten[],
): Promise<Replayed> {
  const done: Replayed = { requests: requests.length, deleted: 0, masked: 0 };
  for (const name of new Set(requests.map(({ database }) => database))) {
    const session = await server.session(name);
    try {
      for (const statement of QUIET) await session.query(statement);
      const listed = await listMaskable(session);
      const touched = new Set<string>();
      for (const request of requests.filter(({ database }) => database === name)) {
        const declared = declaredRows(platform, request);
        if (!declared) throw undeclared(request);
        const work: Work = { session, listed, of: declared.of, done, touched };
        await forgetRows(work, declared.rows, undefined, [request.key]);
      }
      for (const table of touched) await session.query(`vacuum (full, analyze) ${table}`);
    } catch (error) {
      throw refused(error, `${name}: what people asked to be deleted`);
    } finally {
      await session.close();
    }
  }
  return done;
}

function undeclared({ database, table }: Forgotten): OpsError {
  return new OpsError(
    "fail",
    `rows of ${table} in ${database} are to be deleted, and nothing is declared of it any more`,
    {
      expected: `${table} under \`forget\` in policies/data/masking.yaml`,
      todo: "declare it as it is called now, and restore again",
    },
  );
}

interface Work {
  session: Session;
  listed: readonly ListedTable[];
  of: MaskedDatabase;
  done: Replayed;
  touched: Set<string>;
}

/** Those that depend on a row first. @param column that holds the keys; default the primary key */
async function forgetRows(
  work: Work,
  rows: ForgottenRows,
  column: string | undefined,
  keys: readonly string[],
): Promise<void> {
  const { session, listed, of, done, touched } = work;
  const tables = listed.filter(
    (table) => table.kind === "r" && !table.unlogged && isNamed(table, rows.table),
  );
  if (tables.length === 0)
    throw new OpsError("fail", `${rows.table}, of which rows are to be deleted, does not exist`);
  for (const table of tables) {
    const which = { column: column ?? keyOf(table), keys };
    const mine = await keysOf(session, table, which);
    if (mine.count === 0) continue;
    for (const dependent of rows.dependents ?? [])
      await forgetRows(work, dependent, dependent.column, mine.keys);
    const name = qualified(table);
    if (rows.how === "keep") continue;
    touched.add(name);
    if (rows.how === "delete") {
      await requireNoneLeft(session, table, mine.keys);
      await session.query(`delete from only ${name}${whereOf(which)}`);
      done.deleted += mine.count;
      continue;
    }
    const toMask = resolve(of, listed).tables.find((each) => each.table.oid === table.oid);
    if (!toMask) throw new OpsError("fail", `nothing of ${name} is declared to be masked`);
    // A key of this run alone: whoever has the environment's cannot find out either who it was.
    await rewrite(session, toMask, maskWith(randomBytes(32)), undefined, which);
    done.masked += mine.count;
  }
}

function keyOf({ key, schema, name }: ListedTable): string {
  const [column, ...more] = key;
  if (column !== undefined && more.length === 0) return column;
  throw new OpsError(
    "fail",
    `${qualified({ schema, name })} has no primary key of one column: its rows cannot be named`,
  );
}

/** The primary keys of these rows, as far as dependents can name one. */
async function keysOf(
  session: Session,
  table: ListedTable,
  which: Parameters<typeof whereOf>[0],
): Promise<{ count: number; keys: string[] }> {
  const [column, ...more] = table.key;
  const key = column !== undefined && more.length === 0 ? `${quote(column)}::text` : "null";
  const found = await session.query<{ key: string | null }>(
    `select ${key} as key from only ${qualified(table)}${whereOf(which)}`,
  );
  return { count: found.length, keys: found.flatMap((row) => row.key ?? []) };
}

/** Foreign keys are not checked while triggers are off: what still points at a row would point at nothing. */
async function requireNoneLeft(session: Session, table: ListedTable, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const pointing = await session.query<{ schema: string; name: string; column: string }>(
    `select n.nspname::text as schema, c.relname::text as name, a.attname::text as column
       from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
      where k.contype = 'f' and cardinality(k.conkey) = 1 and c.relkind = 'r'
        and (k.confrelid = $1::oid or k.confrelid in (select inhparent from pg_inherits where inhrelid = $1::oid))`,
    [table.oid],
  );
  for (const { schema, name, column } of pointing) {
    const child = qualified({ schema, name });
    const left = await session.query(`select from only ${child}${whereOf({ column, keys })} limit 1`);
    if (left.length > 0)
      throw new OpsError(
        "fail",
        `${child}.${column} still points at a row of ${qualified(table)} that is to be deleted`,
        {
          expected: "every table that points at it under `dependents`",
          todo: "declare it in policies/data/masking.yaml, as delete; or mask the row instead",
        },
      );
  }
}
