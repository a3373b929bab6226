// Makes autovacuum give way. PostgreSQL cancels it for whoever waits for its table, but only after `deadlock_timeout` (1 s
// by default): whoever is less patient, so as not to hold up writers that queue behind, would never get the table.
import { refusedByServer } from "../core/errors";
import { qualified, quote } from "./fingerprint";
import type { Database, Session } from "./port";

interface Busy extends Record<string, unknown> {
  schema: string;
  name: string;
  /** `deadlock_timeout`, milliseconds. */
  timeout: number;
}

/** Tables under the lock that vacuum, analyze and concurrent builds hold; nobody's rights are needed to see that. */
const BUSY = `
  select distinct n.nspname::text as schema, c.relname::text as name,
         (select setting::int from pg_settings where name = 'deadlock_timeout') as timeout
    from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
   where l.locktype = 'relation' and l.mode = 'ShareUpdateExclusiveLock' and l.granted and l.pid <> pg_backend_pid()
     and l.database = (select oid from pg_database where datname = current_database())
     and c.relkind = 'r' and n.nspname <> 'pg_catalog'`;

/**
 * Waits for each busy table in a mode that conflicts with autovacuum's and with no writer's, so that nobody queues
 * behind, until PostgreSQL has cancelled it; autovacuum returns after its naptime. What a person started (VACUUM,
 * CREATE INDEX CONCURRENTLY) and what prevents a wraparound is not cancelled, and stays.
 * @param role that may lock the tables, where the login itself may not
 * @returns the tables that are free now, quoted
 * @throws OpsError unavailable
 */
export async function makeWay(source: Database, database: string, role?: string): Promise<string[]> {
  const session = await source.session(database);
  const free: string[] = [];
  try {
    const busy = await session.query<Busy>(BUSY);
    if (busy.length > 0 && role !== undefined) await session.query(`set role ${quote(role)}`);
    for (const table of busy) if (await awaited(session, table)) free.push(qualified(table));
    return free;
  } finally {
    await session.close();
  }
}

async function awaited(session: Session, table: Busy): Promise<boolean> {
  await session.query("begin");
  try {
    await session.query(`set local statement_timeout = ${2 * table.timeout + 500}`);
    await session.query(`lock table only ${qualified(table)} in share update exclusive mode`);
    return true;
  } catch (error) {
    // Not let in, not allowed to, or gone meanwhile: then it is as it was before. A lost connection is something else.
    if (!refusedByServer(error)) throw error;
    return false;
  } finally {
    await session.query("rollback").catch(() => {}); // with the connection the lock is gone too
  }
}
