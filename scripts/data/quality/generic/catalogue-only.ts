// What the catalogue and the statistics tell without a row being read: indexes that do not work, tables that were left over, dead rows.
import type { Session } from "../../../postgres/port";
import { Emptied } from "../guarded-read";
import { OF_USERS, type Planner, type Probe } from "./probe";

interface Told extends Record<string, unknown> {
  object: string;
  wrong: string;
}

const ask = async (catalogue: Session, sql: string, values: unknown[] = []): Promise<Probe[]> =>
  (await catalogue.query<Told>(sql, values)).map(({ object, wrong }) => ({ object, wrong }));

/** One that is being built at this moment is none. */
export const invalidIndexes: Planner = (catalogue) =>
  ask(
    catalogue,
    `select format('%s.%s', n.nspname, i.relname) as object,
            case when x.indisunique then 'a unique index that does not hold: duplicates may be there'
                 else 'an index that no query uses, and every write maintains' end as wrong
       from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
       join pg_namespace n on n.oid = c.relnamespace
      where not (x.indisvalid and x.indisready and x.indislive) and ${OF_USERS}
        and not exists (select from pg_stat_progress_create_index p where p.index_relid = x.indexrelid) order by 1`,
  );

/** Named like something that was meant to be dropped. */
export const leftoverTables: Planner = (catalogue, { parameters }) =>
  ask(
    catalogue,
    `select format('%s.%s', n.nspname, c.relname) as object,
            format('named like something temporary; %s', pg_size_pretty(pg_total_relation_size(c.oid))) as wrong
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and not c.relispartition and ${OF_USERS} and c.relname ~* $1 order by 1`,
    [String(parameters.leftover_names?.default ?? LEFTOVER)],
  );

const LEFTOVER = "(^|_)(tmp|temp|bak|backup|old|copy|unused|deleted)(_|[0-9]|$)|_[0-9]{8}$";

export const deadTuples: Planner = async (catalogue, { parameters }, { copy }) => {
  if (copy) throw new Emptied("a copy or a standby has no statistics of what is written");
  return ask(
    catalogue,
    `select format('%s.%s', s.schemaname, s.relname) as object,
            format('%s of %s rows are dead; last vacuumed %s', s.n_dead_tup, s.n_dead_tup + s.n_live_tup,
                   coalesce(to_char(greatest(s.last_vacuum, s.last_autovacuum), 'YYYY-MM-DD HH24:MI"Z"'), 'never')) as wrong
       from pg_stat_user_tables s
      where s.n_dead_tup >= $1 and s.n_dead_tup >= $2::float8 * (s.n_dead_tup + s.n_live_tup) order by 1`,
    [Number(parameters.dead_least?.default ?? 10_000), Number(parameters.dead_share?.default ?? 0.4)],
  );
};
