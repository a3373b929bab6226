// A query's rows as a workbook. Text stays text there: a cell that begins with `=` is no formula unless it is written as one.
import type { ResultTable, Value } from "../query/table";

/** What XML cannot hold. */
const NOT_XML = /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]|\p{Cs}/gu;
/** A cell holds so many characters. */
const LONGEST = 32_767;

export async function writeWorkbook({ query, rows }: ResultTable): Promise<Buffer> {
  const { default: write } = await import("write-excel-file/node");
  const cell = (value: Value) =>
    typeof value === "number"
      ? { type: Number, value }
      : value === null
        ? null
        : { type: String, value: value.replace(NOT_XML, "\ufffd").slice(0, LONGEST) };
  const head = query.columns.map(({ title }) => ({
    type: String,
    value: title,
    fontWeight: "bold" as const,
  }));
  return write([head, ...rows.map((row) => row.map(cell))], { sheet: query.id.slice(0, 31) }).toBuffer();
}
