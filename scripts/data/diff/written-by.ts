// Of rows that differ, those that certain transactions wrote last: where a mistake was made of many, among the work of others.
import type { ChangedTable } from "../images/change";
import { compareWithPresent } from "../images/compare";
import type { RepairTools } from "../port";

/**
 * Rows that are gone were written by nobody who could be told, and those of a table that can only be read whole by nobody either.
 * @param file of rows, which is left as it is; @param xids 32 bits, decimal, of transactions or subtransactions
 * @returns another file
 */
export async function keepWrittenBy(
  context: RepairTools,
  tables: readonly ChangedTable[],
  file: string,
  xids: ReadonlySet<string>,
): Promise<string> {
  const { rowFiles } = context;
  const open = async (): ReturnType<typeof rowFiles.create> => {
    const writer = await rowFiles.create(`${context.newId()}.written-by`);
    context.defer(`remove ${writer.file}`, () => rowFiles.remove(writer.file));
    return writer;
  };
  let chosen = await open();
  await compareWithPresent(context, tables, file, async () => {
    chosen.close();
    chosen = await open();
    const writer = chosen;
    return (row, present) => {
      if (present?.xmin !== undefined && xids.has(present.xmin)) writer.write(row);
    };
  });
  chosen.close();
  return chosen.file;
}
