// Sequences that will give out a number which is in use: the next insert fails, or a new row takes over what refers to an old number.
import { qualified, quote } from "../../../postgres/fingerprint";
import { OF_USERS, type Planner, rowsOf, shownTable } from "./probe";

interface Drawn extends Record<string, unknown> {
  schema: string;
  name: string;
  kind: string;
  column: string;
  seq_schema: string;
  seq_name: string;
  increment: string;
  readable: boolean;
}

/** Of an integer column its own sequence, or the one that its default names. Ascending ones: hardly anybody counts down. */
const LIST = `
  select n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind, a.attname::text as column,
         sn.nspname::text as seq_schema, s.relname::text as seq_name, q.seqincrement::text as increment,
         has_sequence_privilege(s.oid, 'SELECT') as readable
    from (select d.objid as seq, d.refobjid as rel, d.refobjsubid as num from pg_depend d
           where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0
          union
          select d.refobjid, e.adrelid, e.adnum from pg_depend d join pg_attrdef e on e.oid = d.objid
           where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass) as used
    join pg_class s on s.oid = used.seq and s.relkind = 'S' join pg_namespace sn on sn.oid = s.relnamespace
    join pg_sequence q on q.seqrelid = s.oid and q.seqincrement > 0
    join pg_class c on c.oid = used.rel and c.relkind in ('r', 'p') and not c.relispartition
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum = used.num and a.atttypid in (20, 21, 23)
   where ${OF_USERS} order by 1, 2, 4, 5, 6`;

export const sequences: Planner = async (catalogue) =>
  (await catalogue.query<Drawn>(LIST)).map((found) => {
    const sequence = { schema: found.seq_schema, name: found.seq_name };
    const object = `${shownTable(found)}.${found.column} (${shownTable(sequence)})`;
    if (!found.readable) return { object, unable: "no permission to read where the sequence stands" };
    return {
      object,
      // A sequence obeys no snapshot: it is read after the rows, and can only have gone on.
      sql: `select m.highest, s.stands from (select max(t.${quote(found.column)})::int8 as highest from ${rowsOf(found, found.kind)} as t) as m
            cross join lateral (select case when q.is_called then q.last_value else q.last_value - ${found.increment} end as stands
                                  from ${qualified(sequence)} as q) as s where m.highest > s.stands`,
      keys: ["highest", "stands"].map((column) => ({ column, personal: false })),
    };
  });
