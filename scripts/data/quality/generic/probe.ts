// What a generic rule asks of one object of a database. Types, and the SQL that several kinds have in common. Pure.
import type { GenericRule, RuleKey } from "../../../../policies/data/quality";
import { qualified, quote, type TableName } from "../../../postgres/fingerprint";
import type { Session } from "../../../postgres/port";

/** Rows that a statement finds; or what the catalogue alone tells. */
export type Probe =
  | { object: string; sql: string; keys: readonly RuleKey[] }
  | { object: string; wrong: string }
  | { object: string; unable: string };

export interface Circumstances {
  /** Recovered from a backup, or a standby: it has no statistics of writes, and nothing in unlogged tables. */
  copy: boolean;
}

export type Planner = (
  catalogue: Session,
  rule: GenericRule,
  circumstances: Circumstances,
) => Promise<Probe[]>;

/** Tables of their own: no catalogue, no other session's temporary ones. */
export const OF_USERS = `n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' and c.relpersistence <> 't'`;

/** Lateral: the columns of the primary key of `c`, else none. */
export const KEY_OF_C = `
  left join lateral (
    select array_agg(a.attname::text order by o.ord) as key
      from pg_index i cross join lateral unnest(i.indkey) with ordinality as o(attnum, ord)
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = o.attnum
     where i.indrelid = c.oid and i.indisprimary) as pk on true`;

/** How a row of a table is named: by its primary key, else by where it lies. */
export function keysOf(key: readonly string[] | null, alias: string): { columns: string; keys: RuleKey[] } {
  if (key === null || key.length === 0)
    return { columns: `${alias}.ctid as "row"`, keys: [{ column: "row", personal: false }] };
  return {
    columns: key.map((name) => `${alias}.${quote(name)}`).join(", "),
    keys: key.map((column) => ({ column, personal: false })),
  };
}

/** Of a plain table alone; of a partitioned one all partitions. */
export const rowsOf = (table: TableName, kind: string): string =>
  `${kind === "p" ? "" : "only "}${qualified(table)}`;

export const shownTable = ({ schema, name }: TableName): string => `${schema}.${name}`;
