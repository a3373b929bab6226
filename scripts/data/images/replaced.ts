// A row that a transaction deleted, and another with the same key that it inserted, are one row that it changed. Pure.
import { type ChangedRow, type ChangedTable, type Image, keyOf, kindOf } from "./change";

export interface Replaced {
  /** The row as it is to be taken; undefined where another stands for both, or nothing came of the two. */
  net(row: ChangedRow): ChangedRow | undefined;
}

/** @param rows of one transaction. Of those that were inserted the keys are held, and the rows of which a key was deleted as well */
export async function replacedIn(
  rows: AsyncIterable<ChangedRow>,
  tables: readonly ChangedTable[],
): Promise<Replaced> {
  const nameOf = ({ table }: ChangedRow, image: Image): string | undefined =>
    tables[table]!.key.length === 0 ? undefined : `${table} ${keyOf(tables[table]!, image)}`;
  const inserted = new Map<string, Image>();
  const deleted = new Set<string>();
  for await (const row of rows) {
    const name = nameOf(row, (row.after ?? row.before)!);
    if (name === undefined) continue;
    if (row.before === null) inserted.set(name, row.after!);
    if (row.after === null) deleted.add(name);
  }
  for (const name of inserted.keys()) if (!deleted.has(name)) inserted.delete(name);
  return {
    net(row) {
      const name = nameOf(row, (row.after ?? row.before)!);
      const after = name === undefined ? undefined : inserted.get(name);
      if (after === undefined || (row.before !== null && row.after !== null)) return row;
      if (row.before === null) return undefined;
      const both = { ...row, after };
      return kindOf(both) === undefined ? undefined : both;
    },
  };
}
