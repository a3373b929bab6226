// One database or one table on a restored copy, cut loose from what is not wanted. Changes the copy, which is thrown away.
import { OpsError } from "../../core/errors";
import { literal, qualified, quote, type TableName } from "../../postgres/fingerprint";
import { type ObjectName, showObject } from "../../postgres/object-name";
import type { Database, Session } from "../../postgres/port";

interface Relation extends TableName, Record<string, unknown> {
  oid: string;
  /** Table, partitioned table or sequence. */
  kind: "r" | "p" | "S";
  /** A sequence that belongs to a column goes where its table goes. */
  owned: boolean;
}

export interface Selection {
  database: string;
  /** The table with its partitions and children, and the sequences it takes numbers from; undefined = the whole database. */
  relations: readonly Relation[] | undefined;
  /** Catalog ids, as in an archive's contents, of what must not be loaded. */
  unwanted: ReadonlySet<string>;
  /** What the object had and its dump has not, each with the reason. */
  leftOut: readonly string[];
  /** Materialized views: the load computes them anew, from rows that may be newer than they were. */
  recomputed: readonly TableName[];
  bytes: number;
}

/** Does this table belong to what is dumped? */
export function selects(selection: Selection): ((table: TableName) => boolean) | undefined {
  if (!selection.relations) return undefined;
  const names = new Set(selection.relations.map(qualified));
  return (table) => names.has(qualified(table));
}

/**
 * Finds the object. A table is detached from parents that do not come along: loaded beside them it would become a part
 * of the live table again. References to other tables are left out: they would bind live rows to the rescued ones.
 * @param schema new schema to move the table into first; its dump then names that schema
 * @throws OpsError unknownTarget
 */
export async function select(
  copy: Database,
  object: ObjectName,
  schema: string | undefined,
): Promise<Selection> {
  const [known] = await copy.query<{ bytes: string }>(
    copy.maintenance,
    "select pg_database_size(oid)::text as bytes from pg_database where datname = $1 and datallowconn and not datistemplate",
    [object.database],
  );
  if (!known) throw await unknownObject(copy, object);
  const { database, table } = object;
  if (!table) return wholeDatabase(copy, database, Number(known.bytes));
  const session = await copy.session(database);
  try {
    const found = await findRelations(session, table);
    if (found.length === 0) throw await unknownObject(copy, object);
    const oids = found.filter(({ kind }) => kind !== "S").map(({ oid }) => oid);
    const leftOut = [...(await detach(session, oids))];
    const references = await foreignKeys(session, oids);
    leftOut.push(...references.filter(({ text }) => text !== null).map(({ text }) => text!));
    const relations = schema === undefined ? found : await move(session, found, schema);
    return {
      database,
      relations,
      unwanted: new Set(references.map(({ id }) => id)),
      leftOut,
      recomputed: [],
      bytes: await sizeOf(session, oids),
    };
  } finally {
    await session.close();
  }
}

const OF_DATABASE = "subscriptions; settings, owner, comment and grants of the database itself";

async function wholeDatabase(copy: Database, database: string, bytes: number): Promise<Selection> {
  const recomputed = await copy.query<TableName & Record<string, unknown>>(
    database,
    "select schemaname::text as schema, matviewname::text as name from pg_matviews where ispopulated order by 1, 2",
  );
  const views = recomputed.map((view) => `rows of materialized view ${qualified(view)}: computed anew`);
  return {
    database,
    relations: undefined,
    unwanted: new Set(),
    leftOut: [OF_DATABASE, ...views],
    recomputed,
    bytes,
  };
}

const RELATIONS = `
  with recursive tree(oid) as (
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')
    union select i.inhrelid from pg_inherits i join tree on tree.oid = i.inhparent
  ), sequences as (
    select p.refobjid as oid, bool_or(o.objid is not null) as owned, coalesce(bool_or(o.refobjid not in (select oid from tree)), false) as elsewhere
      from tree join pg_attrdef d on d.adrelid = tree.oid
      join pg_depend p on p.classid = 'pg_attrdef'::regclass and p.objid = d.oid and p.refclassid = 'pg_class'::regclass
      join pg_class s on s.oid = p.refobjid and s.relkind = 'S'
      left join pg_depend o on o.classid = 'pg_class'::regclass and o.objid = s.oid
                           and o.refclassid = 'pg_class'::regclass and o.deptype in ('a', 'i') group by 1
    union
    select o.objid, true, false from tree join pg_depend o on o.refclassid = 'pg_class'::regclass and o.refobjid = tree.oid
      and o.classid = 'pg_class'::regclass and o.deptype in ('a', 'i')
      join pg_class s on s.oid = o.objid and s.relkind = 'S'
  )
  select c.oid::text as oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind,
         coalesce(q.owned, false) as owned
    from (select oid, false as owned, false as elsewhere from tree union select * from sequences) as q
    join pg_class c on c.oid = q.oid join pg_namespace n on n.oid = c.relnamespace
   where not q.elsewhere order by c.relkind = 'S', c.oid`;

function findRelations(session: Session, table: TableName): Promise<Relation[]> {
  return session.query<Relation>(RELATIONS, [table.schema, table.name]);
}

async function detach(session: Session, oids: readonly string[]): Promise<string[]> {
  const parents = await session.query<{ child: string; parent: string; partition: boolean }>(
    `select format('%I.%I', cn.nspname, c.relname) as child, format('%I.%I', pn.nspname, p.relname) as parent,
            c.relispartition as partition
       from pg_inherits i
       join pg_class c on c.oid = i.inhrelid join pg_namespace cn on cn.oid = c.relnamespace
       join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
      where i.inhrelid = any($1::oid[]) and not i.inhparent = any($1::oid[])`,
    [oids],
  );
  for (const { child, parent, partition } of parents) {
    await session.query(
      partition
        ? `alter table ${parent} detach partition ${child}`
        : `alter table ${child} no inherit ${parent}`,
    );
  }
  return parents.map(({ child, parent }) => `${child} as a part of ${parent}: the parent is not restored`);
}

/** Those of partitions are named by their parent's. */
async function foreignKeys(
  session: Session,
  oids: readonly string[],
): Promise<{ id: string; text: string | null }[]> {
  return session.query(
    `select format('%s/%s', 'pg_constraint'::regclass::oid, k.oid) as id,
            case when k.conparentid = 0 then format('constraint %I: %s: the other table is not restored',
                                                    k.conname, pg_get_constraintdef(k.oid)) end as text
       from pg_constraint k
      where k.contype = 'f' and k.conrelid = any($1::oid[]) and not k.confrelid = any($1::oid[]) order by k.conname`,
    [oids],
  );
}

async function move(session: Session, relations: readonly Relation[], schema: string): Promise<Relation[]> {
  if (relations.every((relation) => relation.schema === schema)) return [...relations];
  // An earlier rescue, or whatever else had the name then: on the copy it only has to be out of the way.
  await session.query(
    `do $$ begin
       if exists (select from pg_namespace where nspname = ${literal(schema)}) then
         alter schema ${quote(schema)} rename to "ops: aside";
       end if;
     end $$`,
  );
  await session.query(`create schema ${quote(schema)}`);
  for (const relation of relations.filter(({ kind, owned }) => kind !== "S" || !owned)) {
    const kind = relation.kind === "S" ? "sequence" : "table";
    await session.query(`alter ${kind} ${qualified(relation)} set schema ${quote(schema)}`);
  }
  return relations.map((relation) => ({ ...relation, schema }));
}

async function sizeOf(session: Session, oids: readonly string[]): Promise<number> {
  const [row] = await session.query<{ bytes: string }>(
    "select sum(pg_total_relation_size(oid))::text as bytes from unnest($1::oid[]) as oid",
    [oids],
  );
  return Number(row?.bytes ?? 0);
}

/** Names what there is: the name may only be misspelt, or the object came later. */
async function unknownObject(copy: Database, object: ObjectName): Promise<OpsError> {
  const { database, table } = object;
  const names = table
    ? copy.query<{ name: string }>(
        database,
        `select format('%s.%s', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not like 'pg\\_%'
            and n.nspname <> 'information_schema' order by c.relname <> $1, n.nspname <> $2, 1 limit 8`,
        [table.name, table.schema],
      )
    : copy.query<{ name: string }>(
        copy.maintenance,
        "select datname::text as name from pg_database where datallowconn and not datistemplate order by 1 limit 8",
      );
  const known = (await names.catch(() => [])).map(({ name }) => name);
  return new OpsError(
    "unknownTarget",
    `the copy has no ${table ? "table" : "database"} ${showObject(object)}`,
    {
      expected:
        known.length > 0 ? `one that existed at the target: ${known.join(", ")}` : "one that existed then",
      todo: "correct --only, or choose another --to",
    },
  );
}
