// Orphans: rows whose foreign key, checked or NOT VALID, leads nowhere. Triggers that were off, and damage, leave such rows.
import { quote } from "../../../postgres/fingerprint";
import { KEY_OF_C, keysOf, OF_USERS, type Planner, rowsOf, shownTable } from "./probe";

interface ForeignKey extends Record<string, unknown> {
  constraint: string;
  schema: string;
  name: string;
  kind: string;
  key: string[] | null;
  columns: string[];
  to_schema: string;
  to_name: string;
  to_kind: string;
  to_columns: string[];
  /** `f` full: all columns are null or none. */
  match: string;
}

const LIST = `
  select k.conname::text as constraint, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind, pk.key,
         f.columns, f.to_columns, tn.nspname::text as to_schema, t.relname::text as to_name, t.relkind::text as to_kind,
         k.confmatchtype::text as match
    from pg_constraint k
    join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
    cross join lateral (
      select array_agg(a.attname::text order by o.ord) as columns, array_agg(b.attname::text order by o.ord) as to_columns
        from unnest(k.conkey, k.confkey) with ordinality as o(mine, theirs, ord)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = o.mine
        join pg_attribute b on b.attrelid = k.confrelid and b.attnum = o.theirs) as f
    ${KEY_OF_C}
   where k.contype = 'f' and k.conparentid = 0 and ${OF_USERS} order by 2, 3, 1`;

export const foreignKeys: Planner = async (catalogue) =>
  (await catalogue.query<ForeignKey>(LIST)).map((found) => {
    const { constraint, kind, key, columns, to_columns: theirs, match } = found;
    const to = { schema: found.to_schema, name: found.to_name };
    const { columns: shown, keys } = keysOf(key, "c");
    const nulls = columns.map((column) => `c.${quote(column)} is null`);
    const equal = columns.map((column, i) => `p.${quote(theirs[i]!)} = c.${quote(column)}`).join(" and ");
    const orphan = `not (${nulls.join(" or ")}) and not exists (select from ${rowsOf(to, found.to_kind)} as p where ${equal})`;
    const half = `(${nulls.join(" or ")}) and not (${nulls.join(" and ")})`;
    return {
      object: `${shownTable(found)} (${constraint})`,
      sql: `select ${shown} from ${rowsOf(found, kind)} as c where ${match === "f" ? `(${orphan}) or (${half})` : orphan}`,
      keys,
    };
  });
