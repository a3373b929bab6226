// Rows that hand values of a unique index on to each other: whoever is to get a value comes after whoever has it now. Pure.
import type { ChangedRow, ChangedTable, Image } from "./change";

type Uniques = NonNullable<ChangedTable["uniques"]>;

/** What a row has there; undefined where it has a NULL, which is equal to nothing. */
function valueAt(unique: readonly number[], image: Image): string | undefined {
  const values = unique.map((at) => image[at] ?? null);
  return values.includes(null) ? undefined : JSON.stringify(values);
}

/** Whether giving the row back takes a value of a unique index that another may have. */
export function takesOver({ before, after }: ChangedRow, uniques: Uniques): boolean {
  return (
    before !== null &&
    after !== null &&
    uniques.some((unique) => unique.some((at) => before[at] !== after[at]))
  );
}

/** Rows of one table, all updated. In a ring, where two exchanged their values, there is no such order: theirs is kept. */
export function inHandingOrder(rows: readonly ChangedRow[], uniques: Uniques): ChangedRow[] {
  const holders = uniques.map((unique) => {
    const holder = new Map<string, number>();
    for (const [index, { after }] of rows.entries()) {
      const value = after && valueAt(unique, after);
      if (value) holder.set(value, index);
    }
    return holder;
  });
  const waitsFor = (index: number): number[] =>
    uniques.flatMap((unique, which) => {
      const { before } = rows[index]!;
      const value = before && valueAt(unique, before);
      const holder = value ? holders[which]!.get(value) : undefined;
      return holder === undefined || holder === index ? [] : [holder];
    });
  const order: ChangedRow[] = [];
  const seen = new Set<number>();
  // A chain may be as long as the table: no recursion.
  for (const start of rows.keys()) {
    const path = seen.has(start) ? [] : [{ index: start, left: waitsFor(start) }];
    seen.add(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.left.pop();
      if (next === undefined) {
        order.push(rows[top.index]!);
        path.pop();
      } else if (!seen.has(next)) {
        seen.add(next);
        path.push({ index: next, left: waitsFor(next) });
      }
    }
  }
  return order;
}
