// Holds what is about to be read as it is: the names of schemas, and every table and view. Nobody ever queues behind a request
// of ours: what is not free at once is not waited for. Nothing is planned here either, because planning can run their code.
import { codeOf } from "../core/errors";
import { literal, qualified } from "./fingerprint";
import type { Database, Session } from "./port";

export interface Relation extends Record<string, unknown> {
  oid: string;
  schema: string;
  name: string;
  /** `r` table, `p` partitioned table, `m` materialized view. */
  kind: string;
}

/** What is asked for is not free, or changed while it was asked for. Try again. */
export class Busy extends Error {}

/** lock_not_available, query_canceled (statement_timeout), deadlock_detected. */
export function isLockTimeout(error: unknown): boolean {
  return ["55P03", "57014", "40P01"].includes(codeOf(error));
}

/** undefined_table, invalid_schema_name: dropped or renamed since it was listed. */
const GONE = ["42P01", "3F000"];

export interface Scope {
  /** Unlogged tables too, which recovery empties and a dump keeps. */
  unlogged: boolean;
}

/** Only what a snapshot of this session sees. */
export async function listRelations(session: Session, { unlogged }: Scope): Promise<Relation[]> {
  return session.query<Relation>(
    `select c.oid::text as oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'm') and c.relpersistence in ('p', $1) and c.relispopulated
        and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by c.oid`,
    [unlogged ? "u" : "p"],
  );
}

/** What is held until the session ends. */
export interface Holder {
  session: Session;
  relations: readonly Relation[];
}

/**
 * Holds the names of all schemas, where we are superuser, and every relation in ACCESS SHARE mode.
 * A schema that is renamed meanwhile could put another table in the place of the one that was listed.
 * @throws Busy
 */
export async function hold(source: Database, database: string, scope: Scope): Promise<Holder> {
  const session = await openReader(source, database);
  try {
    await session.query("begin isolation level read committed read write");
    await session.query("set local lock_timeout = '1ms'");
    await holdNames(session);
    const relations = await listRelations(session, scope);
    await lockTables(session, relations, "access share");
    // LOCK TABLE refuses materialized views; what is parsed and never run locks them as well.
    for (const view of relations.filter(({ kind }) => kind === "m")) {
      await session.query(`prepare ops_hold as select from ${qualified(view)}`);
      await session.query("deallocate ops_hold");
    }
    return { session, relations };
  } catch (error) {
    await session.close();
    throw isLockTimeout(error) || GONE.includes(codeOf(error)) ? new Busy((error as Error).message) : error;
  }
}

/** Only a superuser may lock rows of the catalogue; with lesser rights code of theirs would have lesser rights too. */
async function holdNames(session: Session): Promise<void> {
  const [row] = await session.query<{ super: boolean }>(
    "select rolsuper as super from pg_roles where rolname = current_user",
  );
  if (row?.super) await session.query("select from pg_namespace for key share nowait");
}

/** SHARE is asked for tables alone: whoever writes through a partitioned one writes into its partitions. */
export async function lockTables(
  session: Session,
  relations: readonly Relation[],
  mode: "share" | "access share",
  how: "nowait" | "" = "nowait",
): Promise<void> {
  const kinds = mode === "share" ? ["r"] : ["r", "p"];
  const tables = relations
    .filter(({ kind }) => kinds.includes(kind))
    .map((table) => `only ${qualified(table)}`);
  if (tables.length > 0) await session.query(`lock table ${tables.join(", ")} in ${mode} mode ${how}`);
}

export interface Exported {
  /** For `set transaction snapshot`; valid until the session ends. */
  exported: string;
  /** `pg_current_snapshot()`. */
  snapshot: string;
  /** By the server's clock, ISO UTC. */
  at: string;
}

/** Opens a transaction whose first statement this is, and which sees one moment. */
export async function exportSnapshot(session: Session): Promise<Exported> {
  const [row] = await session.query<Exported & Record<string, unknown>>(
    `select pg_export_snapshot() as exported, pg_current_snapshot()::text as snapshot,
            to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  return row!;
}

/**
 * Everything that the snapshot lists is really held, by its identity and not by its name.
 * @throws Busy when a relation was made, renamed or replaced between listing and locking
 */
export async function requireHeld(snapshot: Session, { session }: Holder, scope: Scope): Promise<void> {
  const locked = await session.query<{ oid: string }>(
    `select relation::text as oid from pg_locks
      where pid = pg_backend_pid() and locktype = 'relation' and mode = 'AccessShareLock' and granted`,
  );
  const held = new Set(locked.map(({ oid }) => oid));
  for (const relation of await listRelations(snapshot, scope))
    if (!held.has(relation.oid)) throw new Busy(`${qualified(relation)} was made or replaced meanwhile`);
}

/**
 * A session that reads, or keeps what is read: no view of theirs is expanded in it, damage is not passed over, and it lasts as long
 * as it takes, where PostgreSQL 17 limits whole transactions.
 */
export async function openReader(source: Database, database: string): Promise<Session> {
  const session = await source.session(database);
  try {
    await session.query(
      `select set_config(name, case name when 'transaction_timeout' then '0' when 'restrict_nonsystem_relation_kind'
                                         then 'view,foreign-table' else 'off' end, false)
         from pg_settings where name in ('transaction_timeout', 'restrict_nonsystem_relation_kind')
                             or name in ('zero_damaged_pages', 'ignore_checksum_failure') and setting <> 'off'`,
    );
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** @param snapshot exported by another session; absent = what is there now */
export async function beginReading(session: Session, snapshot: string | undefined): Promise<void> {
  await session.query("begin isolation level repeatable read read only");
  if (snapshot !== undefined) await session.query(`set transaction snapshot ${literal(snapshot)}`);
}
