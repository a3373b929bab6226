// One moment of every database, held open by a snapshot each. Nobody is held up: writers go on, only DROP and TRUNCATE wait.
import { OpsError } from "../core/errors";
import type { Core } from "../core/tools";
import { qualified, type TableName } from "../postgres/fingerprint";
import type { Database, Session } from "../postgres/port";
import { withoutLimit } from "../postgres/read-state";

export interface Moment {
  /** By the server's clock, ISO UTC. */
  at: string;
  /** What `pg_current_snapshot()` said in every database. */
  snapshot: string;
  /** Database → exported snapshot; valid until `close`. */
  exported: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Snapshots are taken within a millisecond or two; between busy commits it takes a few tries. */
const MAX_ATTEMPTS = 60;
/** How long a DROP or TRUNCATE that is running may keep us waiting, milliseconds. */
const LOCK_TIMEOUT_MS = 10_000;

/** @throws OpsError unavailable, timeout when a commit always fell between the databases */
export async function openMoment(
  context: Pick<Core, "clock" | "random" | "signal">,
  source: Database,
  databases: readonly string[],
): Promise<Moment> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const sessions: Session[] = [];
    const close = async (): Promise<void> => {
      await Promise.all(sessions.map((session) => session.close()));
    };
    try {
      // First every lock, which takes no snapshot yet; then the snapshots, one right after the other.
      for (const database of databases) sessions.push(await lockTables(source, database));
      const found = await Promise.all(sessions.map(exportSnapshot));
      const [first] = found;
      if (!first) throw new OpsError("unavailable", "the server has no database that accepts connections");
      if (found.every(({ snapshot }) => snapshot === first.snapshot)) {
        const exported = Object.fromEntries(databases.map((name, i) => [name, found[i]!.exported]));
        return { at: first.at, snapshot: first.snapshot, exported, close };
      }
      await close();
    } catch (error) {
      await close();
      throw error;
    }
    await context.clock.sleep(0.02 + context.random() * 0.05, context.signal);
  }
  throw new OpsError(
    "timeout",
    `no common moment of ${databases.length} databases in ${MAX_ATTEMPTS} attempts`,
    {
      expected: "a millisecond or two without a commit",
      todo: "dump at a quieter hour",
    },
  );
}

/** A table that is truncated under a snapshot looks empty to it; the lock keeps that away. */
async function lockTables(source: Database, database: string): Promise<Session> {
  const session = await source.session(database);
  try {
    const tables = await session.query<TableName & Record<string, unknown>>(
      `select n.nspname::text as schema, c.relname::text as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname not like 'pg\\_%'
          and n.nspname <> 'information_schema' order by c.oid`,
    );
    await withoutLimit(session);
    await session.query("begin isolation level repeatable read read only");
    await session.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    if (tables.length > 0)
      await session.query(
        `lock table ${tables.map((table) => `only ${qualified(table)}`).join(", ")} in access share mode`,
      );
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function exportSnapshot(session: Session): Promise<{ exported: string; snapshot: string; at: string }> {
  const [row] = await session.query<{ exported: string; snapshot: string; at: string }>(
    `select pg_export_snapshot() as exported, pg_current_snapshot()::text as snapshot,
            to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  return row!;
}
