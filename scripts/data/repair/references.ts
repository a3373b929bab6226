// Foreign keys of rows that were written while their triggers were silent: asked as the triggers would ask, before anything is committed.
import { qualified, quote } from "../../postgres/fingerprint";
import type { Session } from "../../postgres/port";
import type { Root } from "../images/catalogue";
import type { Image } from "../images/change";
import { arrayText } from "../images/present";

interface Reference extends Record<string, unknown> {
  name: string;
  child: { oid: number; schema: string; name: string };
  parent: { oid: number; schema: string; name: string };
  /** Column by column: of the child, of the parent, their types, the constraint's own `=` of parent and child, and of two parents. */
  pairs: {
    child: string;
    parent: string;
    childType: string;
    parentType: string;
    operator: string;
    same: string;
  }[];
}

const REFERENCES = `
  select c.conname::text as name,
         json_build_object('oid', k.oid::int8, 'schema', kn.nspname, 'name', k.relname) as child,
         json_build_object('oid', p.oid::int8, 'schema', pn.nspname, 'name', p.relname) as parent,
         (select json_agg(json_build_object('child', ka.attname, 'parent', pa.attname, 'childType', format_type(ka.atttypid, null),
                   'parentType', format_type(pa.atttypid, null), 'operator', format('operator(%I.%s)', n.nspname, o.oprname),
                   'same', format('operator(%I.%s)', sn.nspname, s.oprname)) order by u.at)
            from unnest(c.conkey, c.confkey, c.conpfeqop, c.conppeqop) with ordinality as u(k, p, op, same, at)
            join pg_attribute ka on ka.attrelid = c.conrelid and ka.attnum = u.k
            join pg_attribute pa on pa.attrelid = c.confrelid and pa.attnum = u.p
            join pg_operator o on o.oid = u.op join pg_namespace n on n.oid = o.oprnamespace
            join pg_operator s on s.oid = u.same join pg_namespace sn on sn.oid = s.oprnamespace) as pairs
    from pg_constraint c
    join pg_class k on k.oid = c.conrelid join pg_namespace kn on kn.oid = k.relnamespace
    join pg_class p on p.oid = c.confrelid join pg_namespace pn on pn.oid = p.relnamespace
   where c.contype = 'f' and c.conparentid = 0 and (c.conrelid = any ($1) or c.confrelid = any ($1))`;

export async function listReferences(session: Session, roots: readonly Root[]): Promise<Reference[]> {
  return session.query<Reference>(REFERENCES, [roots.map(({ oid }) => oid)]);
}

/** A row that was written: as it was, and as it is. */
export interface WrittenRow {
  root: Root;
  was: Image | null;
  is: Image | null;
}

/** Names of foreign keys that the rows break. The transaction's time limits hold. */
export async function brokenReferences(
  session: Session,
  references: readonly Reference[],
  rows: readonly WrittenRow[],
): Promise<string[]> {
  const broken: string[] = [];
  for (const reference of references) {
    const { child, parent, pairs } = reference;
    const come = valuesOf(
      rows,
      child.oid,
      pairs.map((pair) => pair.child),
      ({ is }) => is,
    );
    const gone = valuesOf(
      rows,
      parent.oid,
      pairs.map((pair) => pair.parent),
      ({ was }) => was,
    );
    const orphans = await count(
      session,
      come,
      pairs.map(({ childType }) => childType),
      `not exists (${parentsOf(reference, (i) => `u.k${i}`)})`,
    );
    const left = await count(
      session,
      gone,
      pairs.map(({ parentType }) => parentType),
      `exists (select from ${qualified(child)} c where ${pairs.map((pair, i) => `u.k${i} ${pair.operator} c.${quote(pair.child)}`).join(" and ")})
       and not exists (select from ${qualified(parent)} p where ${pairs.map((pair, i) => `p.${quote(pair.parent)} ${pair.same} u.k${i}`).join(" and ")})`,
    );
    if (orphans > 0)
      broken.push(
        `${reference.name}: ${orphans} rows of ${qualified(child)} without their ${qualified(parent)}`,
      );
    if (left > 0)
      broken.push(`${reference.name}: ${left} rows of ${qualified(parent)} are still referred to`);
  }
  return broken;
}

function parentsOf({ parent, pairs }: Reference, value: (index: number) => string): string {
  const same = pairs.map((pair, index) => `p.${quote(pair.parent)} ${pair.operator} ${value(index)}`);
  return `select from ${qualified(parent)} p where ${same.join(" and ")}`;
}

/** Distinct values of these columns; rows with a NULL among them refer to nothing. */
function valuesOf(
  rows: readonly WrittenRow[],
  oid: number,
  names: readonly string[],
  side: (row: WrittenRow) => Image | null,
): string[][] {
  const found = new Map<string, string[]>();
  for (const row of rows) {
    const image = row.root.oid === oid ? side(row) : null;
    if (image === null) continue;
    const values = names.map(
      (name) => image[row.root.columns.findIndex((column) => column.name === name)] ?? null,
    );
    if (values.every((value) => value !== null)) found.set(JSON.stringify(values), values);
  }
  return [...found.values()];
}

async function count(
  session: Session,
  values: readonly string[][],
  types: readonly string[],
  condition: string,
): Promise<number> {
  if (values.length === 0) return 0;
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`);
  const names = types.map((_, index) => `k${index}`);
  const [row] = await session.query<{ count: number }>(
    `select count(*)::float8 as count from unnest(${arrays.join(", ")}) as u(${names.join(", ")}) where ${condition}`,
    types.map((_, index) => arrayText(values.map((each) => each[index]!))),
  );
  return row?.count ?? 0;
}
