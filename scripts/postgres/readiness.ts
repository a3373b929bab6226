// What a server must be and have before every table of it can be read at one moment; asked before anything else is begun.
import { OpsError } from "../core/errors";
import type { Database } from "./port";

/** Entries of the lock table beside one for each relation: two readers with their indexes, pg_dump, and everybody else. */
const SPARE_LOCKS = 1000;

/** @throws OpsError unavailable for a standby */
export async function requirePrimary(source: Database): Promise<void> {
  const [row] = await source.query<{ standby: boolean }>(
    source.maintenance,
    "select pg_is_in_recovery() as standby",
  );
  if (!row?.standby) return;
  const { host, port } = source.address;
  throw new OpsError("unavailable", `the server at ${host}:${port} is a standby`, {
    expected: "the primary: a restore point can be written there alone",
    todo: "name the primary in `database` of the platform file",
  });
}

interface LockTable extends Record<string, unknown> {
  per: number;
  holders: number;
}

/**
 * Every table is locked until all are read. PostgreSQL has max_locks_per_transaction × (all processes that can hold locks)
 * entries for that (lock.c, NLOCKENTS); what it takes beyond is not promised.
 * @throws OpsError unavailable, with the setting and the number that is needed
 */
export async function requireLocks(source: Database, databases: readonly string[]): Promise<void> {
  const [table] = await source.query<LockTable>(
    source.maintenance,
    `select max(setting::int) filter (where name = 'max_locks_per_transaction') as per,
            (sum(setting::int) filter (where name <> 'max_locks_per_transaction') + 1)::int as holders
       from pg_settings
      where name in ('max_locks_per_transaction', 'max_connections', 'max_prepared_transactions',
                     'autovacuum_max_workers', 'max_worker_processes', 'max_wal_senders')`,
  );
  let relations = 0;
  for (const database of databases) {
    const [row] = await source.query<{ n: number }>(
      database,
      `select count(*)::int as n from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't' and n.nspname not like 'pg\\_%'
          and n.nspname <> 'information_schema'`,
    );
    relations += row?.n ?? 0;
  }
  const { per, holders } = table!;
  const needed = relations + SPARE_LOCKS;
  if (needed <= per * holders) return;
  throw new OpsError(
    "unavailable",
    `${relations} tables must be held at one moment, and the server has room for ${per * holders} locks (max_locks_per_transaction = ${per})`,
    {
      expected: `max_locks_per_transaction of at least ${Math.ceil(needed / holders)}`,
      todo: "raise it and restart the server; nothing was begun",
    },
  );
}
