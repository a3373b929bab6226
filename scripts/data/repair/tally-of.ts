// What a repair would do to every row as it is now, counted. Reads the source, and writes nothing.
import { type ChangedRow, type ChangedTable, type Image, keyOf, lookedFor } from "../images/change";
import { compareWithPresent } from "../images/compare";
import type { RepairTools } from "../port";
import { type Decision, decide, type Policy } from "./decide";
import { Tally } from "./plan";

/**
 * @param file of the rows
 * @param several the rows are of several transactions, the last first: the earlier ones find done what the later ones do
 */
export async function tallyOf(
  context: RepairTools,
  tables: readonly ChangedTable[],
  file: string,
  { policy, several }: { policy: Policy; several: boolean },
): Promise<Tally> {
  let tally = new Tally(tables);
  await compareWithPresent(context, tables, file, () => {
    tally = new Tally(tables);
    const done = several ? new Map<string, Image | null>() : undefined;
    return (row: ChangedRow, found) => {
      const table = tables[row.table]!;
      const image = lookedFor(table, row);
      const key = image && `${row.table} ${keyOf(table, image)}`;
      const present = key !== undefined && done?.has(key) ? done.get(key)! : (found?.image ?? null);
      const decision = decide(row, present, policy);
      tally.add(row, decision);
      const next = resultOf(decision, present);
      if (done && key !== undefined) done.set(key, null);
      if (done && next !== null) done.set(`${row.table} ${keyOf(table, next)}`, next);
    };
  });
  return tally;
}

/** The row as it is once that is done. */
function resultOf({ deed }: Decision, present: Image | null): Image | null {
  switch (deed.do) {
    case "nothing":
      return present;
    case "delete":
      return null;
    case "insert":
      return deed.image;
    case "update":
      return (present ?? deed.image).map((value, at) =>
        deed.columns.includes(at) ? (deed.image[at] ?? null) : value,
      );
  }
}
