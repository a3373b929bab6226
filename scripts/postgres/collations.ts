// Collations whose library sorts otherwise here than where they were used: an index on text may then be searched in the wrong order.
import type { Database } from "./port";

/** Of columns, and the database's own since PostgreSQL 15; those without a version say nothing. */
const DIFFERING = `
  select format('%s %s: %s on the source, %s here', case collprovider when 'i' then 'ICU' else 'libc' end, collname,
                collversion, coalesce(pg_collation_actual_version(c.oid), 'none')) as what
    from pg_collation c
   where collversion is distinct from pg_collation_actual_version(c.oid) and collversion is not null
     and exists (select from pg_attribute a where a.attcollation = c.oid and a.attnum > 0)
  union all
  select format('the database''s own: %s on the source, %s here', d.row ->> 'datcollversion', here.version)
    from (select oid, to_jsonb(p) as row from pg_database p where datname = current_database()) as d
    cross join lateral (select $1::text as version) as here
   where d.row ->> 'datcollversion' is not null and here.version is not null
     and d.row ->> 'datcollversion' <> here.version
   order by 1`;

/** @returns one sentence each, for one database */
export async function differingCollations(database: Database, name: string): Promise<string[]> {
  const session = await database.session(name);
  try {
    const [known] = await session.query<{ known: boolean }>(
      "select to_regprocedure('pg_catalog.pg_database_collation_actual_version(oid)') is not null as known",
    );
    const [own] = known?.known
      ? await session.query<{ version: string | null }>(
          "select pg_database_collation_actual_version(oid) as version from pg_database where datname = current_database()",
        )
      : [{ version: null }];
    const rows = await session.query<{ what: string }>(DIFFERING, [own?.version ?? null]);
    return rows.map(({ what }) => `${name}: ${what}`);
  } finally {
    await session.close();
  }
}
