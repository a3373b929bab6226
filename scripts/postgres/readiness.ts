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

/** Of each database, while a moment is looked for: who holds, who locks writers, who keeps the snapshot. */
const SESSIONS_A_DATABASE = 3;
/** Beside them: the watch and what it stands on, two readers, pg_dump. */
const SESSIONS_BESIDE = 5;
/** So many stay free for production: a share of all, and never fewer than that. */
const LEFT_FREE = { share: 0.1, least: 3 };

interface Connections extends Record<string, unknown> {
  most: number;
  reserved: number;
  used: number;
}

/** @throws OpsError unavailable, with the setting and the number that is needed, unless production keeps connections of its own */
export async function requireConnections(source: Database, databases: readonly string[]): Promise<void> {
  const [row] = await source.query<Connections>(
    source.maintenance,
    `select current_setting('max_connections')::int as most,
            (select sum(setting::int) from pg_settings
              where name in ('superuser_reserved_connections', 'reserved_connections'))::int as reserved,
            (select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid())::int as used`,
  );
  const { most, reserved, used } = row!;
  const ours = SESSIONS_A_DATABASE * databases.length + SESSIONS_BESIDE;
  const needed = (all: number): number =>
    used + ours + reserved + Math.max(LEFT_FREE.least, Math.ceil(all * LEFT_FREE.share));
  if (needed(most) <= most) return;
  let enough = most;
  while (needed(enough) > enough) enough++;
  throw new OpsError(
    "unavailable",
    `reading ${databases.length} databases at one moment takes ${ours} connections, and ${most - reserved - used} of ${most} are free`,
    {
      expected: `max_connections of at least ${enough}, so that production keeps some of its own`,
      todo: "raise it and restart the server, or run the job while fewer are connected; nothing was begun",
    },
  );
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
