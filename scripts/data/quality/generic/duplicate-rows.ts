// Rows that stand twice in a table that nothing keeps unique: equal in every column, by the hash that checkpoints use.
import { qualified, quote } from "../../../postgres/fingerprint";
import { LIST_TABLES, type ListedTable } from "../../../postgres/listing";
import { hashedColumn, rowHash } from "../../../postgres/row-hash";
import { type Planner, shownTable } from "./probe";

/** Those that have a unique index which holds. */
const UNIQUE = `
  select n.nspname::text as schema, c.relname::text as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null)`;

export const duplicateRows: Planner = async (catalogue) => {
  const unique = new Set(
    (await catalogue.query<{ schema: string; name: string }>(UNIQUE)).map((table) => qualified(table)),
  );
  const listed = await catalogue.query<ListedTable>(LIST_TABLES);
  return listed
    .filter((table) => table.kind === "r" && table.columns.length > 0 && !unique.has(qualified(table)))
    .map((table) => ({
      object: shownTable(table),
      sql: `select min(r.ctid) as "first", count(*) as "times" from only ${qualified(table)} as r
             group by ${rowHash(table.columns.map(hashedColumn), quote)} having count(*) > 1`,
      keys: ["first", "times"].map((column) => ({ column, personal: false })),
    }));
};
