// What a database holds, as the catalogue lists it: the tables to be read and how, what is left out and why, the sequences.
import type { ListedColumn } from "./row-hash";

/** A table as LIST_TABLES lists it. */
export interface ListedTable extends Record<string, unknown> {
  /** `r` table, `m` materialized view. */
  kind: string;
  schema: string;
  name: string;
  blocks: string;
  columns: ListedColumn[];
  key: string[];
  integer_key: boolean;
  /** Planning a query of it may run functions that are neither PostgreSQL's own nor written in C. */
  hazardous: boolean;
  /** Names of stored generated columns. */
  generated: string[];
}

/**
 * The planner simplifies the expressions of every index and of extended statistics of a table that a query names, and to do
 * so it calls functions of constants: as the one who asks. Dependencies on what is PostgreSQL's own are not recorded, so what
 * is recorded is foreign; what is written in C (or built in) only a superuser can have made.
 */
const FOREIGN_CODE = `(
  d.refclassid = 'pg_proc'::regclass and exists (select from pg_proc p where p.oid = d.refobjid and p.prolang not in (12, 13))
  or d.refclassid = 'pg_operator'::regclass and exists (
    select from pg_operator o join pg_proc p on p.oid = o.oprcode where o.oid = d.refobjid and p.prolang not in (12, 13)))`;

/**
 * Tables of which planning a query may run such code, as `oid`. Of a partition key that is an expression all is foreign: only a
 * partitioned table itself has one, and of those nothing but a heartbeat is read.
 */
export const HAZARDS = `
    select i.indrelid as oid from pg_depend d join pg_index i on i.indexrelid = d.objid
     where d.classid = 'pg_class'::regclass and ${FOREIGN_CODE}
    union
    select s.stxrelid from pg_depend d join pg_statistic_ext s on s.oid = d.objid
     where d.classid = 'pg_statistic_ext'::regclass and ${FOREIGN_CODE}
    union
    select p.partrelid from pg_partitioned_table p where p.partexprs is not null`;

/**
 * Tables and materialized views whose content is compared: their columns, their primary key, and whether its first column
 * is an integer. A column has a send function when every type that it is made of has one. Each partition and each
 * inheritance child is read by itself (`ONLY`); the parents hold no rows of their children.
 */
export const LIST_TABLES = `
  with recursive tables as (
    select c.oid, c.relkind, n.nspname, c.relname, (pg_relation_size(c.oid) / current_setting('block_size')::int8)::int8 as blocks
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and c.relpersistence = 'p' and c.relispopulated
       and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
  ), cols as (
    select a.attrelid, a.attnum, a.attname, a.attnotnull, a.atttypid, a.attgenerated
      from pg_attribute a join tables on tables.oid = a.attrelid where a.attnum > 0 and not a.attisdropped
  ), hazards as (${HAZARDS}), bases(root, typ) as (
    select distinct atttypid, atttypid from cols
    union select b.root, t.typbasetype from bases b join pg_type t on t.oid = b.typ where t.typbasetype <> 0
  ), parts(root, typ) as (
    select distinct atttypid, atttypid from cols
    union
    select p.root, x.typ from parts p join pg_type t on t.oid = p.typ cross join lateral (
      select t.typelem where t.typelem <> 0
      union all select t.typbasetype where t.typbasetype <> 0
      union all select a.atttypid from pg_attribute a
                 where a.attrelid = t.typrelid and t.typrelid <> 0 and a.attnum > 0 and not a.attisdropped
      union all select r.rngsubtype from pg_range r where t.oid in (r.rngtypid, r.rngmultitypid)) as x(typ)
  ), kinds as (
    select b.root, t.oid, format_type(t.oid, null) as type, b.root <> t.oid as is_domain, t.typtype = 'e' as is_enum,
           t.oid = 25 or t.typlen = -1 and exists (
             select from pg_cast where castsource = t.oid and casttarget = 25 and castmethod = 'b') as is_text,
           case when not exists (select from parts p join pg_type y on y.oid = p.typ where p.root = b.root and y.typsend = 0)
                then (select format('%I.%I', n.nspname, f.proname) from pg_proc f join pg_namespace n on n.oid = f.pronamespace
                       where f.oid = t.typsend) end as send
      from bases b join pg_type t on t.oid = b.typ where t.typbasetype = 0
  )
  select t.relkind::text as kind, t.nspname::text as schema, t.relname::text as name, t.blocks::text as blocks,
         coalesce((select json_agg(json_build_object('name', c.attname, 'not_null', c.attnotnull, 'type', k.type,
                     'oid', k.oid::int8, 'is_domain', k.is_domain, 'is_enum', k.is_enum, 'is_text', k.is_text,
                     'send', k.send) order by c.attnum)
                     from cols c join kinds k on k.root = c.atttypid where c.attrelid = t.oid), '[]') as columns,
         coalesce(k.columns, '{}') as key, coalesce(k.is_integer, false) as integer_key,
         exists (select from hazards h where h.oid = t.oid) as hazardous,
         array(select c.attname::text from cols c where c.attrelid = t.oid and c.attgenerated = 's' order by c.attnum) as generated
    from tables t left join lateral (
      select array_agg(a.attname::text order by o.ord) as columns,
             (array_agg(a.atttypid order by o.ord))[1] in (20, 21, 23) as is_integer
        from pg_index i
        cross join lateral unnest(i.indkey) with ordinality as o(attnum, ord)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = o.attnum
       where i.indrelid = t.oid and i.indisprimary) k on true
   order by 2, 3`;

/** What is not compared, by name and reason: nothing is left out silently. */
export const LIST_EXCLUDED = `
  select n.nspname as schema, c.relname as name,
         case when c.relkind = 'S' and c.relpersistence <> 'u' then 'no permission to read where it stands'
              when c.relpersistence = 'u' then 'unlogged: empty after any recovery'
              when c.relkind = 'f' then 'foreign table: its rows live elsewhere'
              else 'materialized view without data' end as why
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where (c.relkind in ('r', 'm') and (c.relpersistence = 'u' or not c.relispopulated) or c.relkind = 'f'
          or c.relkind = 'S' and (c.relpersistence = 'u' or not has_sequence_privilege(c.oid, 'SELECT,USAGE')))
     and c.relpersistence <> 't'
     and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
   order by 1, 2`;

/** Those that recovery keeps and that we may read; `last_value` of one that we may not looks like one never used. */
export const LIST_SEQUENCES = `
  select s.schemaname::text as schema, s.sequencename::text as name, s.last_value::text as last,
         s.increment_by::text as increment
    from pg_sequences s
    join pg_namespace n on n.nspname = s.schemaname
    join pg_class c on c.relnamespace = n.oid and c.relname = s.sequencename
   where c.relpersistence = 'p' and has_sequence_privilege(c.oid, 'SELECT,USAGE')
   order by 1, 2`;
