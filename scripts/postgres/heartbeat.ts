// The newest heartbeat of a database, read so that nothing of its owner runs: the table is held and looked at before it is queried.
import { OpsError } from "../core/errors";
import { qualified, quote, type TableName } from "./fingerprint";
import { openReader } from "./hold";
import { HAZARDS } from "./listing";
import { nameParts } from "./object-name";
import type { Database, Session } from "./port";

export interface Heartbeat {
  database: string;
  /** `schema.table`, each as it is in the catalogue; a name that holds a dot in double quotes. */
  table: string;
  column: string;
}

const TIMESTAMPTZ = 1184;

function columnOf({ column }: Heartbeat): string {
  return nameParts(column)?.[0] ?? column;
}

/** @throws OpsError config unless it is a schema and a table */
function tableOf({ table }: Heartbeat): TableName {
  const [schema, name, ...more] = nameParts(table) ?? [];
  if (schema !== undefined && name !== undefined && more.length === 0) return { schema, name };
  throw new OpsError("config", `the heartbeat table is declared as ${table}`, {
    expected: "<schema>.<table>",
  });
}

/**
 * @returns UTC with microseconds; null when the table is empty
 * @throws OpsError config, fail when there is no such table or column, inconclusive when it cannot be read safely
 */
export async function newestHeartbeat(database: Database, declared: Heartbeat): Promise<string | null> {
  const table = tableOf(declared);
  const session = await openReader(database, declared.database);
  try {
    await session.query("begin isolation level read committed read only");
    await requireSafe(session, table, declared);
    const [row] = await session.query<{ last: string | null }>(
      `select to_char(max(r.${quote(columnOf(declared))}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last
         from ${qualified(table)} as r`,
    );
    return row?.last ?? null;
  } finally {
    await session.close();
  }
}

/** A view, a column of a type of theirs, or an index that calls a function of theirs would run it as us. */
async function requireSafe(session: Session, table: TableName, declared: Heartbeat): Promise<void> {
  const find = `select c.oid::int8 as oid, c.relkind::text as kind, a.atttypid::int as type,
      exists (select from (${HAZARDS}) as h where h.oid = any (parts.oids)) as hazardous
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    cross join lateral (
      with recursive tree(oid) as (select c.oid union select h.inhrelid from pg_inherits h join tree on h.inhparent = tree.oid)
      select array_agg(oid) as oids from tree) as parts
    left join pg_attribute a on a.attrelid = c.oid and a.attname = $3 and a.attnum > 0 and not a.attisdropped
   where n.nspname = $1 and c.relname = $2`;
  interface Found extends Record<string, unknown> {
    oid: string;
    kind: string;
    type: number | null;
    hazardous: boolean;
  }
  const look = async (): Promise<Found | undefined> =>
    (await session.query<Found>(find, [table.schema, table.name, columnOf(declared)]))[0];
  const what = `${declared.table} of ${declared.database}`;
  const before = await look();
  if (!before) throw new OpsError("fail", `${what} is not there`);
  if (!["r", "p"].includes(before.kind))
    throw new OpsError(
      "inconclusive",
      `${what} is no table: reading it would run code of its owner with our rights`,
    );
  await session.query(`lock table ${qualified(table)} in access share mode nowait`);
  const now = await look();
  if (now?.oid !== before.oid)
    throw new OpsError("inconclusive", `${what} was replaced while it was looked at`);
  if (now?.type === null || now?.type === undefined)
    throw new OpsError("fail", `${what} has no column ${declared.column}`);
  if (now.type !== TIMESTAMPTZ)
    throw new OpsError(
      "inconclusive",
      `${declared.column} of ${what} is not of type timestamp with time zone`,
    );
  if (now.hazardous)
    throw new OpsError(
      "inconclusive",
      `an index, statistics or a partition key of ${what} may call functions that would run with our rights`,
    );
}
