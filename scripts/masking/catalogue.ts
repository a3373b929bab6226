// What a database holds, as its catalogue lists it: tables, their columns and types, and what stands in the way of rewriting them.
// Only catalogues of PostgreSQL are read, with its own functions; not one row of theirs.

import { HAZARDS } from "../postgres/listing";
import { nameParts } from "../postgres/object-name";
import type { Session } from "../postgres/port";

export interface ListedColumn {
  name: string;
  /** As SQL writes it, without a length. */
  type: string;
  /** What it comes down to, domains taken away. */
  base: string;
  /** `S` text, `A` array, `N` number … of the base. */
  category: string;
  /** Whether the base is PostgreSQL's own: printing such a value runs no code of theirs. */
  own: boolean;
  /** Of an array: whether its elements are texts, or JSON. */
  texts: boolean;
  /** Most characters of a value; null when there is no limit. */
  room: number | null;
  generated: boolean;
  comment: string | null;
}

export interface ListedTable extends Record<string, unknown> {
  oid: string;
  schema: string;
  name: string;
  /** `r` table, `p` partitioned table, `m` materialized view, `v` view, `f` foreign table. */
  kind: string;
  unlogged: boolean;
  hazardous: boolean;
  /** Tables that it is a partition or child of, however far up, as `schema.table` quoted where needed. */
  parents: { schema: string; name: string }[];
  columns: ListedColumn[];
  /** Columns of its primary key. */
  key: string[];
}

export const LIST_MASKABLE = `
  with recursive bases(root, typ, mod) as (
    select oid, oid, -1 from pg_type
    union all
    select b.root, t.typbasetype, greatest(t.typtypmod, b.mod) from bases b join pg_type t on t.oid = b.typ where t.typbasetype <> 0
  ), parents(child, parent) as (
    select inhrelid, inhparent from pg_inherits
    union select p.child, i.inhparent from parents p join pg_inherits i on i.inhrelid = p.parent
  ), hazards as (${HAZARDS})
  select c.oid::text as oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind,
         c.relpersistence = 'u' as unlogged, exists (select from hazards h where h.oid = c.oid) as hazardous,
         coalesce((select json_agg(json_build_object('schema', pn.nspname, 'name', pc.relname))
                     from parents p join pg_class pc on pc.oid = p.parent join pg_namespace pn on pn.oid = pc.relnamespace
                    where p.child = c.oid), '[]') as parents,
         coalesce((select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, -1), 'base', y.typname,
                     'category', y.typcategory, 'own', y.oid < 16384 and (y.typelem = 0 or y.typelem < 16384),
                     'texts', y.typcategory = 'A' and e.typcategory = 'S' or e.oid in (114, 3802),
                     'room', case when y.oid in (1042, 1043) and greatest(a.atttypmod, b.mod) > 4 then greatest(a.atttypmod, b.mod) - 4
                                  when y.oid = 19 then 63 end,
                     'generated', a.attgenerated <> '', 'comment', col_description(a.attrelid, a.attnum)) order by a.attnum)
                     from pg_attribute a join bases b on b.root = a.atttypid join pg_type y on y.oid = b.typ and y.typbasetype = 0
                     left join pg_type e on e.oid = y.typelem and y.typcategory = 'A'
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns,
         array(select a.attname::text from pg_index i cross join lateral unnest(i.indkey) with ordinality as o(attnum, ord)
                 join pg_attribute a on a.attrelid = i.indrelid and a.attnum = o.attnum
                where i.indrelid = c.oid and i.indisprimary order by o.ord) as key
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'm', 'v', 'f') and c.relpersistence <> 't'
     and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
   order by 2, 3`;

export function listMaskable(session: Session): Promise<ListedTable[]> {
  return session.query<ListedTable>(LIST_MASKABLE);
}

/** Whether a declared `schema.table` names this table, or one that it is a part of. */
export function isNamed(table: Pick<ListedTable, "schema" | "name" | "parents">, declared: string): boolean {
  const [schema, name, ...more] = nameParts(declared) ?? [];
  if (more.length > 0) return false;
  return [table, ...table.parents].some((each) => each.schema === schema && each.name === name);
}
