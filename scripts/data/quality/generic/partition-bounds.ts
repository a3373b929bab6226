// Rows that lie in a partition whose bound does not admit them: no query that asks for them by the key finds them.
import { KEY_OF_C, keysOf, OF_USERS, type Planner, type Probe, rowsOf, shownTable } from "./probe";

interface Partition extends Record<string, unknown> {
  schema: string;
  name: string;
  key: string[] | null;
  /** Of itself and all above it; null for a default partition that has no siblings. */
  bound: string | null;
  expressions: boolean;
}

const LIST = `
  select n.nspname::text as schema, c.relname::text as name, pk.key, pg_get_partition_constraintdef(c.oid) as bound,
         exists (select from pg_partition_ancestors(c.oid) as a join pg_partitioned_table p on p.partrelid = a.relid
                  where p.partexprs is not null) as expressions
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    ${KEY_OF_C}
   where c.relispartition and c.relkind = 'r' and ${OF_USERS} order by 1, 2`;

export const partitionBounds: Planner = async (catalogue) =>
  (await catalogue.query<Partition>(LIST)).flatMap((found): Probe[] => {
    const { key, bound, expressions } = found;
    const object = shownTable(found);
    if (expressions)
      return [{ object, unable: "its partition key is an expression, which would run with our rights" }];
    if (bound === null) return [];
    const { columns, keys } = keysOf(key, "bounded");
    return [
      { object, sql: `select ${columns} from ${rowsOf(found, "r")} as bounded where not (${bound})`, keys },
    ];
  });
