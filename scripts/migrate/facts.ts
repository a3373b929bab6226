// Asks a live database what lint cannot read from the files. Reads statistics and the catalogue, no row of any table.

import type { Core } from "../core/tools";
import type { Database, Session } from "../postgres/port";
import type { LiveFacts, LiveTable } from "./live";

interface TableRow extends Record<string, unknown> {
  oid: string;
  name: string;
  bytes: string;
  indexBytes: string;
  rows: number;
  partitions: number;
  average: number;
  written: string;
  referencedBy: string[];
  publications: string[];
  notNullChecks: string[];
  checked: boolean;
  indexed: string[];
  keys: string[];
  holder: number;
  waiting: number;
}

/** Ordinary, partitioned tables and materialized views of people's schemas. Sizes of a partitioned one: of its leaves. */
const TABLES = `
with mine as (
  select c.oid, n.nspname || '.' || c.relname as name, c.relkind, c.reltuples
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'm') and n.nspname not like 'pg\\_%'
     and n.nspname not in ('information_schema', 'ops_migrations')
), leaves as (
  select m.oid, coalesce(t.relid, m.oid) as leaf
    from mine m left join lateral pg_partition_tree(m.oid) t on t.isleaf and m.relkind = 'p'
), sizes as (
  select l.oid, sum(pg_table_size(l.leaf)) as bytes, sum(pg_indexes_size(l.leaf)) as index_bytes,
         sum(greatest(c.reltuples, 0)) as rows, count(*) filter (where l.leaf <> l.oid) as partitions,
         sum(coalesce(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0)) as written
    from leaves l join pg_class c on c.oid = l.leaf left join pg_stat_user_tables s on s.relid = l.leaf group by l.oid
), holders as (
  select l.relation as oid, max(extract(epoch from clock_timestamp() - a.xact_start)) filter (where l.granted) as holder,
         count(*) filter (where not l.granted) as waiting
    from pg_locks l join pg_stat_activity a using (pid)
   where l.locktype = 'relation' and l.pid <> pg_backend_pid()
     and l.database = (select oid from pg_database where datname = current_database()) group by l.relation
)
select m.oid::text as oid, m.name, s.bytes::text as bytes, s.index_bytes::text as "indexBytes", s.rows::float8 as rows,
       s.partitions::int as partitions, s.written::text as written,
       (s.written / greatest(1, extract(epoch from now() - coalesce(
          (select stats_reset from pg_stat_database where datname = current_database()), pg_postmaster_start_time()))))::float8 as average,
       array(select distinct n.nspname || '.' || c.relname from pg_constraint f join pg_class c on c.oid = f.conrelid
               join pg_namespace n on n.oid = c.relnamespace
              where f.contype = 'f' and f.confrelid = m.oid and f.conrelid <> m.oid order by 1)::text[] as "referencedBy",
       array(select distinct pubname::text from pg_publication_tables p
              where p.schemaname || '.' || p.tablename = m.name order by 1)::text[] as publications,
       array(select a.attname::text from pg_constraint k
               join pg_attribute a on a.attrelid = m.oid and k.conkey = array[a.attnum]
              where k.conrelid = m.oid and k.contype = 'c' and k.convalidated
                and pg_get_constraintdef(k.oid) ~ 'IS NOT NULL\\){1,2}$')::text[] as "notNullChecks",
       exists (select from pg_constraint k where k.conrelid = m.oid and k.contype = 'c' and k.convalidated) as checked,
       array(select distinct a.attname::text from pg_index i
               join pg_attribute a on a.attrelid = m.oid and a.attnum = i.indkey[0]
              where i.indrelid = m.oid and i.indisvalid order by 1)::text[] as indexed,
       array(select distinct a.attname::text from pg_index i
               join pg_attribute a on a.attrelid = m.oid and a.attnum = i.indkey[0]
              where i.indrelid = m.oid and i.indisvalid and i.indisunique and i.indpred is null and i.indnkeyatts = 1
                and a.attnotnull and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) order by 1)::text[] as keys,
       coalesce(h.holder, 0)::float8 as holder, coalesce(h.waiting, 0)::int as waiting
  from mine m join sizes s using (oid) left join holders h using (oid)`;

/** Seconds between two looks at the counters of writes. */
const RATE_SECONDS = 1;

/** Takes about a second: the rate of writes is a difference of two readings. @throws OpsError unavailable */
export async function readFacts(
  context: Pick<Core, "clock" | "signal">,
  database: Database,
  name: string,
): Promise<LiveFacts> {
  const session = await database.session(name);
  try {
    const rows = await session.query<TableRow>(TABLES);
    const columns = await readColumns(session);
    const since = context.clock.seconds();
    await context.clock.sleep(RATE_SECONDS, context.signal);
    const later = new Map(
      (await session.query<TableRow>(TABLES)).map((row) => [row.oid, Number(row.written)]),
    );
    const seconds = context.clock.seconds() - since;
    const indexes = await session.query<{ index: string; table: string }>(
      `select ni.nspname || '.' || ci.relname as index, nt.nspname || '.' || ct.relname as table
         from pg_index i join pg_class ci on ci.oid = i.indexrelid join pg_namespace ni on ni.oid = ci.relnamespace
         join pg_class ct on ct.oid = i.indrelid join pg_namespace nt on nt.oid = ct.relnamespace
        where ni.nspname not like 'pg\\_%'`,
    );
    const [standbys] = await session.query<{ count: number }>(
      "select count(*)::int as count from pg_stat_replication",
    );
    return {
      tables: Object.fromEntries(
        rows.map((row) => {
          const now = ((later.get(row.oid) ?? 0) - Number(row.written)) / seconds;
          return [row.name, tableOf(row, columns.get(row.oid) ?? {}, Math.max(row.average, now))];
        }),
      ),
      indexes: Object.fromEntries(indexes.map(({ index, table }) => [index, table])),
      standbys: standbys?.count ?? 0,
    };
  } finally {
    await session.close();
  }
}

function tableOf(row: TableRow, columns: LiveTable["columns"], writesPerSecond: number): LiveTable {
  const { rows, partitions, referencedBy, publications, notNullChecks, checked, indexed, keys, waiting } =
    row;
  return {
    bytes: Number(row.bytes),
    indexBytes: Number(row.indexBytes),
    rows,
    writesPerSecond,
    oldestHolderSeconds: row.holder,
    waiting,
    columns,
    notNullChecks,
    checked,
    indexed,
    keys,
    referencedBy,
    publications,
    partitions,
  };
}

async function readColumns(session: Session): Promise<Map<string, LiveTable["columns"]>> {
  const rows = await session.query<{ oid: string; name: string; type: string; notNull: boolean }>(
    `select a.attrelid::text as oid, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
            a.attnotnull as "notNull"
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%'`,
  );
  const tables = new Map<string, Record<string, { type: string; notNull: boolean }>>();
  for (const { oid, name, type, notNull } of rows) {
    const columns = tables.get(oid) ?? {};
    columns[name] = { type, notNull };
    tables.set(oid, columns);
  }
  return tables;
}
