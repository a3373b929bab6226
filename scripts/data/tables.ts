// The tables that are asked about, with their partitions, and the files that they have now.
import { OpsError } from "../core/errors";
import { contentDatabases } from "../postgres/databases";
import { type ObjectName, showObject } from "../postgres/object-name";
import type { Database } from "../postgres/port";
import type { TableFile } from "./wal/files";

/** Ordinary tables and materialized views of the user's, their file as `database/filenode`. */
const LIST_FILES = `
  select current_database()::text as database, d.oid::int8::float8 as "databaseOid", c.oid::int8::float8 as oid,
         coalesce(pg_partition_root(c.oid), c.oid)::oid::int8::float8 as root,
         n.nspname::text as schema, c.relname::text as name, d.oid || '/' || pg_relation_filenode(c.oid) as file
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_database d on d.datname = current_database()
   where c.relkind in ('r', 'm') and c.relpersistence <> 't' and pg_relation_filenode(c.oid) is not null
     and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
   order by 4, 5`;

/** A table with what inherits from it, by object id. */
const LIST_FAMILY = `
  with recursive family as (
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'm')
    union select i.inhrelid from pg_inherits i join family f on f.oid = i.inhparent)
  select oid::int8::float8 as oid from family`;

/** All tables of all databases that are read. */
export async function listTableFiles(source: Database): Promise<TableFile[]> {
  const all: TableFile[] = [];
  for (const database of await contentDatabases(source))
    all.push(...(await source.query<TableFile>(database, LIST_FILES)));
  return all;
}

/**
 * A table as the user named it, with its partitions and inheritance children.
 * @throws OpsError usage when a database is named, unknownTarget when there is no such table
 */
export async function findFamily(source: Database, object: ObjectName): Promise<ReadonlySet<number>> {
  const { database, table } = object;
  if (table === undefined)
    throw new OpsError("usage", `--table ${showObject(object)} names a database`, {
      expected: "<database>.<schema>.<table>",
    });
  const known = await contentDatabases(source);
  const rows = known.includes(database)
    ? await source.query<{ oid: number }>(database, LIST_FAMILY, [table.schema, table.name])
    : [];
  if (rows.length > 0) return new Set(rows.map(({ oid }) => oid));
  throw new OpsError("unknownTarget", `there is no table ${showObject(object)} now`, {
    expected: `a table of ${known.join(", ")}`,
    todo: "correct the name; of a table that is gone, leave out --table: what was dropped is shown",
  });
}
