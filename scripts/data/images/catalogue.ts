// The tables of one database as changed rows need them: files, columns, and what tells their rows apart.
import { OpsError } from "../../core/errors";
import type { Asked } from "../../postgres/read-shared";
import type { ChangedTable } from "./change";

/** A table that holds rows itself; of a partitioned one each partition. */
export interface Leaf extends Record<string, unknown> {
  oid: number;
  schema: string;
  name: string;
  /** `database/filenode` */
  file: string;
  root: number;
}

export interface Root extends ChangedTable, Record<string, unknown> {
  oid: number;
  /** `r` or `p`. */
  kind: string;
  /** Planning a query of it may run code that is not PostgreSQL's own. */
  hazardous: boolean;
}

export interface Catalogue {
  leaves: readonly Leaf[];
  roots: ReadonlyMap<number, Root>;
}

const LEAVES = `
  select c.oid::int8::float8 as oid, n.nspname::text as schema, c.relname::text as name,
         d.oid || '/' || pg_relation_filenode(c.oid) as file,
         coalesce(pg_partition_root(c.oid), c.oid)::oid::int8::float8 as root
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_database d on d.datname = current_database()
   where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`;

/** Of several unique keys the primary one, else that of the fewest columns. Columns are told by their place among those not dropped. */
const ROOTS = (hazards: string): string => `
  with recursive roots as (
    select c.oid, c.relkind, c.relname, n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition
       and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
  ), columns as (
    select a.attrelid, a.attnum, row_number() over (partition by a.attrelid order by a.attnum) - 1 as place,
           a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated, a.attidentity
      from pg_attribute a join roots on roots.oid = a.attrelid where a.attnum > 0 and not a.attisdropped
  ), bases(root, typ) as (
    select distinct atttypid, atttypid from columns
    union select b.root, t.typbasetype from bases b join pg_type t on t.oid = b.typ where t.typbasetype <> 0
  ), kinds as (
    select b.root, t.oid, b.root <> t.oid as domain, format_type(t.oid, null) as type, t.oid >= 10000 as own, t.typtype = 'e' as label
      from bases b join pg_type t on t.oid = b.typ where t.typbasetype = 0
  ), hazards as (${hazards}), members as (
    select r.oid as root, r.oid from roots r
    union all select pg_partition_root(c.oid), c.oid from pg_class c where c.relispartition
  )
  select r.oid::int8::float8 as oid, r.relkind::text as kind, current_database()::text as database, r.nspname::text as schema,
         r.relname::text as name,
         coalesce((select json_agg(json_build_object('name', c.attname, 'type', format_type(c.atttypid, c.atttypmod),
                     'oid', k.oid::int8, 'base', case when k.domain then k.type end, 'own', k.own, 'label', k.label, 'generated', c.attgenerated <> '', 'identity', c.attidentity = 'a')
                     order by c.attnum)
                     from columns c join kinds k on k.root = c.atttypid where c.attrelid = r.oid), '[]') as columns,
         coalesce((select array_agg(c.place::int order by o.ord)
            from (select i.* from pg_index i
                   where i.indrelid = r.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
                     and not exists (select from unnest(i.indkey[0:i.indnkeyatts - 1]) as u(attnum)
                                       join columns c on c.attrelid = r.oid and c.attnum = u.attnum where not c.attnotnull)
                   order by i.indisprimary desc, i.indnkeyatts, i.indexrelid limit 1) k
            cross join lateral unnest(k.indkey[0:k.indnkeyatts - 1]) with ordinality as o(attnum, ord)
            join columns c on c.attrelid = r.oid and c.attnum = o.attnum), '{}') as key,
         coalesce((select json_agg(u.places) from (
            select (select json_agg(c.place order by o.ord) from unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as o(attnum, ord)
                      join columns c on c.attrelid = r.oid and c.attnum = o.attnum) as places
              from pg_index i where i.indrelid = r.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null) u), '[]') as uniques,
         exists (select from members m join hazards h on h.oid = m.oid where m.root = r.oid) as hazardous
    from roots r`;

/**
 * Texts without an encoding may be anything, and would not be what they were once they are read and written as UTF-8.
 * @throws OpsError usage
 */
async function requireEncoding({ query }: Asked): Promise<void> {
  const [row] = await query<{ name: string; encoding: string }>(
    "select current_database()::text as name, getdatabaseencoding()::text as encoding",
  );
  if (row?.encoding !== "SQL_ASCII") return;
  throw new OpsError("usage", `database ${row.name} has no encoding (SQL_ASCII)`, {
    expected: "a database whose texts have an encoding: rows are read and written as text",
    todo: "restore the table beside the live one: `ops restore --only … --load-into …`",
  });
}

/** Only what these catalogues say; no row of the user's is read. @param hazards query of tables whose planning runs foreign code */
export async function readCatalogue({ query }: Asked, hazards: string): Promise<Catalogue> {
  await requireEncoding({ query });
  const leaves = await query<Leaf>(LEAVES);
  const roots = await query<Root>(ROOTS(hazards));
  return { leaves, roots: new Map(roots.map((root) => [root.oid, root])) };
}

export interface DatabaseName extends Record<string, unknown> {
  oid: number;
  name: string;
}

export const LIST_DATABASES = `select oid::int8::float8 as oid, datname::text as name from pg_database`;

export function leavesByFile({ leaves }: Catalogue): Map<string, Leaf> {
  return new Map(leaves.map((leaf) => [leaf.file, leaf]));
}
