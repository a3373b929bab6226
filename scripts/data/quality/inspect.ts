// Whether a table may be named in a query that we run: what reading it would call is PostgreSQL's own, or a superuser's. Pure: SQL only.
import { HAZARDS } from "../../postgres/listing";

/** A relation that parsing a statement has locked, as our own transaction sees it. */
export interface LockedRelation extends Record<string, unknown> {
  oid: string;
  /** Null where it was made after the snapshot. */
  schema: string | null;
  name: string | null;
  kind: string | null;
}

/** What this session's transaction holds of relations that are not PostgreSQL's own (FirstNormalObjectId). */
export const LOCKED_BY_US = `
  select l.relation::int8::text as oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind
    from pg_locks l
    left join pg_class c on c.oid = l.relation left join pg_namespace n on n.oid = c.relnamespace
   where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.granted and l.relation::int8 >= 16384
   group by 1, 2, 3, 4 order by 1`;

/** What reads without running anything of its owner's: tables, partitioned ones, what a materialized view holds, sequences. */
export const READABLE_KINDS: Readonly<Record<string, string>> = {
  r: "a table",
  p: "a partitioned table",
  m: "a materialized view",
  S: "a sequence",
};

export const UNREADABLE_KINDS: Readonly<Record<string, string>> = {
  v: "a view, whose query would run with our rights",
  f: "a foreign table, whose rows another server gives",
};

export interface InspectedRelation extends Record<string, unknown> {
  oid: string;
  schema: string;
  name: string;
  kind: string;
  held: boolean;
  /** Recovery empties it. */
  unlogged: boolean;
  /** Planning a query of it may run functions that are not PostgreSQL's own. */
  hazardous: boolean;
  /** A cast from or to its rows, or a type of its columns, that calls such a function. */
  cast: string | null;
}

/**
 * Of the tables `$1`, with their partitions and children: asked in a session with a snapshot of its own, while process `$2` holds them. The
 * reading transaction would look at the catalogue as it was at its snapshot, and the planner looks at it as it is.
 *
 * A cast that its owner made may be chosen without its name being written, for a comparison with a literal or for `row.column` where there
 * is no such column. Types of PostgreSQL's own have none that a role could add, nor has a domain, which is cast as what it is over.
 */
export const INSPECT = `
  with recursive tree(oid) as (
    select unnest($1::oid[]) union select i.inhrelid from pg_inherits i join tree on i.inhparent = tree.oid
  ), hazards as (${HAZARDS}), types(rel, typ) as (
    select tree.oid, a.atttypid from tree join pg_attribute a on a.attrelid = tree.oid
     where a.attnum > 0 and not a.attisdropped and a.atttypid >= 16384
    union select tree.oid, c.reltype from tree join pg_class c on c.oid = tree.oid where c.reltype <> 0
    union
    select p.rel, x.typ from types p join pg_type t on t.oid = p.typ cross join lateral (
      select t.typelem where t.typelem >= 16384
      union all select t.typarray where t.typarray >= 16384
      union all select t.typbasetype where t.typbasetype >= 16384
      union all select a.atttypid from pg_attribute a
                 where a.attrelid = t.typrelid and t.typrelid <> 0 and a.attnum > 0 and not a.attisdropped and a.atttypid >= 16384
      union all select r.rngsubtype from pg_range r where t.oid in (r.rngtypid, r.rngmultitypid) and r.rngsubtype >= 16384) as x(typ)
  )
  select tree.oid::int8::text as oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind,
         c.relpersistence = 'u' as unlogged,
         exists (select from pg_locks l where l.pid = $2 and l.locktype = 'relation' and l.granted and l.relation = tree.oid) as held,
         exists (select from hazards h where h.oid = tree.oid) as hazardous,
         (select format('%s as %s', format_type(k.castsource, null), format_type(k.casttarget, null))
            from types t join pg_cast k on t.typ in (k.castsource, k.casttarget) join pg_proc f on f.oid = k.castfunc
           where t.rel = tree.oid and f.prolang not in (12, 13) limit 1) as cast
    from tree join pg_class c on c.oid = tree.oid join pg_namespace n on n.oid = c.relnamespace order by 2, 3`;

/** What holds rows and is locked by process `$2`, but not among `$1`. */
export const OTHERS_LOCKED = `
  select c.oid::int8::text as oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind
    from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
   where l.pid = $2 and l.locktype = 'relation' and l.granted and c.oid::int8 >= 16384
     and c.relkind in ('r', 'p', 'm', 'v', 'f', 'S') and c.oid <> all ($1::oid[]) and n.nspname <> 'pg_toast'`;
