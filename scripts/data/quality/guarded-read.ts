// Runs one statement of ours over tables that are theirs, so that nothing of theirs runs: parsed first, which locks what it names and
// plans nothing; then what is locked is looked at; only then run. Nobody queues behind us, and every statement has a limit.
import { codeOf, OpsError } from "../../core/errors";
import { qualified } from "../../postgres/fingerprint";
import { beginReading, isLockTimeout, openReader } from "../../postgres/hold";
import type { Database, Row, Session } from "../../postgres/port";
import {
  INSPECT,
  type InspectedRelation,
  LOCKED_BY_US,
  type LockedRelation,
  OTHERS_LOCKED,
  READABLE_KINDS,
  UNREADABLE_KINDS,
} from "./inspect";

/** The statement cannot be run, and why; nothing is known of what it asks. Never holds a value of the data. */
export class Unable extends Error {}

/** It asks for what a copy or a standby has not: statistics, and what is unlogged. */
export class Emptied extends Unable {}

/** Two sessions with one database. */
export interface GuardedReader {
  /** Reads under the snapshot, a transaction a statement. */
  reading: Session;
  /** Sees the catalogue as it is. */
  catalogue: Session;
  /** Of the reading transactions; undefined = each sees what is there when it begins. */
  snapshot: string | undefined;
  /** Recovered from a backup, or a standby. */
  copy: boolean;
  close(): Promise<void>;
}

/** @throws OpsError unavailable */
export async function openGuarded(
  database: Database,
  name: string,
  snapshot: string | undefined,
  copy = false,
): Promise<GuardedReader> {
  const reading = await openReader(database, name);
  try {
    await reading.query("set max_parallel_workers_per_gather = 0");
    const catalogue = await openReader(database, name);
    await catalogue.query("set default_transaction_read_only = on");
    await catalogue.query("set statement_timeout = '60s'");
    return {
      reading,
      catalogue,
      snapshot,
      copy,
      async close() {
        await Promise.all([reading.close(), catalogue.close()]);
      },
    };
  } catch (error) {
    await reading.close();
    throw error;
  }
}

/** A table that is locked at this moment may be free at the next. */
const TRIES = 3;

/**
 * @param seconds longest that it may take
 * @throws Unable when it may not or cannot be run; OpsError unavailable when the session is gone
 */
export async function guardedQuery<T extends Row>(
  reader: GuardedReader,
  sql: string,
  values: readonly unknown[],
  seconds: number,
): Promise<T[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(reader, seconds, async () => {
        const known = await requireSafe(reader, sql);
        const rows = await reader.reading.query<T>(sql, values);
        await requireSame(reader, known);
        return rows;
      });
    } catch (error) {
      if (codeOf(error) === "55P03" && attempt < TRIES) continue;
      throw unableOf(error, seconds);
    }
  }
}

async function inTransaction<T>(
  { reading, snapshot }: GuardedReader,
  seconds: number,
  work: () => Promise<T>,
): Promise<T> {
  await beginReading(reading, snapshot);
  try {
    await reading.query(`set local statement_timeout = '${Math.max(1, Math.ceil(seconds * 1000))}ms'`);
    await reading.query("set local lock_timeout = '1ms'");
    return await work();
  } finally {
    await reading.query("rollback; deallocate all").catch(() => {}); // a session that is gone has let go already
  }
}

/** @returns what was looked at, by object id. @throws Unable */
async function requireSafe({ reading, catalogue, copy }: GuardedReader, sql: string): Promise<string[]> {
  try {
    await reading.query(`prepare ops_guarded as ${sql}`);
  } catch (error) {
    if (codeOf(error) === NOT_AS_IT_IS) await nameViews(catalogue, sql);
    throw error;
  }
  await reading.query("deallocate ops_guarded");
  const locked = await reading.query<LockedRelation>(LOCKED_BY_US);
  for (const relation of locked) requireKind(relation);
  const tables = locked.filter(({ kind }) => kind === "r" || kind === "p");
  // With their partitions and children, which only planning would lock.
  if (tables.length > 0)
    await reading.query(
      `lock table ${tables.map(({ schema, name }) => qualified({ schema: schema!, name: name! })).join(", ")} in access share mode nowait`,
    );
  const inspected = await catalogue.query<InspectedRelation>(INSPECT, [
    locked.map(({ oid }) => oid),
    reading.pid,
  ]);
  for (const relation of inspected) {
    requireKind(relation);
    const what = qualified(relation);
    if (relation.unlogged && copy)
      throw new Emptied(`${what} is unlogged: a copy or a standby has nothing of it`);
    if (!relation.held) throw new Unable(`${what} was made or replaced while it was looked at`);
    if (relation.hazardous)
      throw new Unable(
        `an index, statistics or a partition key of ${what} may call functions that would run with our rights`,
      );
    if (relation.cast !== null)
      throw new Unable(
        `a cast of ${what} (${relation.cast}) calls a function that would run with our rights`,
      );
  }
  return inspected.map(({ oid }) => oid);
}

/**
 * Tables that are held cannot be renamed; their schema can, and another take its name before the statement is parsed again. What was
 * read then is not what was looked at.
 * @throws Unable
 */
async function requireSame({ reading, catalogue }: GuardedReader, known: readonly string[]): Promise<void> {
  const others = await catalogue.query<InspectedRelation>(OTHERS_LOCKED, [known, reading.pid]);
  if (others.length > 0) throw new Unable(`${qualified(others[0]!)} took the place of what was looked at`);
}

/** object_not_in_prerequisite_state: the server expands no view for us, and does not say which. */
const NOT_AS_IT_IS = "55000";

/** @throws Unable naming the first view that the statement names */
async function nameViews(catalogue: Session, sql: string): Promise<void> {
  const [view] = await catalogue.query<LockedRelation>(
    `select c.oid::int8::text as oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('v', 'f') and c.oid::int8 >= 16384
        and (position(format('%I.%I', n.nspname, c.relname) in $1) > 0
             or position(format('"%s"."%s"', n.nspname, c.relname) in $1) > 0) order by 2, 3 limit 1`,
    [sql],
  );
  if (view) requireKind(view);
}

function requireKind({ schema, name, kind }: LockedRelation | InspectedRelation): void {
  if (kind !== null && Object.hasOwn(READABLE_KINDS, kind)) return;
  if (schema === null || name === null || kind === null)
    throw new Unable("a table that it names was made after the moment that is read");
  const what = UNREADABLE_KINDS[kind] ?? `a relation of kind ${kind}`;
  throw new Unable(`${qualified({ schema, name })} is ${what}`);
}

/** Messages of the server quote values; its codes do not. */
const CODES: Readonly<Record<string, string>> = {
  "42501": "we lack a privilege to read it, or row security would hide rows",
  "42P01": "a table that it names is not there",
  "42703": "a column that it names is not there",
  "42883": "an operator or function does not fit the types of its columns",
  "42804": "its columns have other types than it expects",
  "55P03": "a table that it names is locked by somebody else",
  "3F000": "a schema that it names is not there",
  "55000": "a table that it names may not be read as it is (a view in its place?)",
};

/** The error is kept as it is where the session is gone: whoever watches knows why. */
export function unableOf(error: unknown, seconds: number): unknown {
  if (error instanceof Unable) return error;
  if (error instanceof OpsError) {
    const code = codeOf(error.cause);
    return error.exit === "unavailable" && code !== "42501" ? error : new Unable(said(code));
  }
  const code = codeOf(error);
  if (code === "57014") return new Unable(`it did not end within ${Number(seconds.toFixed(1))} s`);
  if (isLockTimeout(error) || code !== "") return new Unable(said(code));
  return error;
}

const said = (code: string): string =>
  `PostgreSQL refused it: ${CODES[code] ?? "see its log"} (SQLSTATE ${code || "unknown"})`;
