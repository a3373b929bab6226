// A statement of another party (an SMS provider's bill, a bank's list): CSV by RFC 4180, held to the columns that a rule declares. Pure.
import { fits, VALUE_KINDS, type ValueKind } from "../../../policies/data/values";
import { OpsError } from "../../core/errors";

const FIELD = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y;

/** @returns undefined where a quote is not closed, or something stands behind it */
export function parseCsv(text: string): string[][] | undefined {
  const rows: string[][] = [];
  let row: string[] = [];
  FIELD.lastIndex = 0;
  const all = text.replace(/^\uFEFF/, "");
  while (FIELD.lastIndex < all.length) {
    const found = FIELD.exec(all);
    if (!found) return undefined;
    const [, field = "", end = ""] = found;
    row.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end === ",") {
      if (FIELD.lastIndex === all.length) row.push("");
      else continue;
    }
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows.filter((one) => one.length > 1 || one[0] !== "");
}

/** @returns JSON for `json_to_recordset`. @throws OpsError usage, naming the line and no value */
export function statementJson(
  name: string,
  text: string,
  columns: Readonly<Record<string, ValueKind>>,
): string {
  const wanted = Object.keys(columns);
  const [head, ...rows] = parseCsv(text) ?? [];
  if (head?.join() !== wanted.join())
    throw new OpsError("usage", `statement ${name} does not begin with the declared columns`, {
      expected: `CSV whose first line is ${wanted.join(",")}`,
    });
  const records = rows.map((row, index) => {
    if (row.length !== wanted.length)
      throw new OpsError("usage", `statement ${name}, row ${index + 1}, has ${row.length} fields`, {
        expected: `${wanted.length}: ${wanted.join(",")}`,
      });
    return Object.fromEntries(
      wanted.map((column, place) => {
        const kind = columns[column]!;
        const value = row[place]!.trim();
        if (!fits(kind, value))
          throw new OpsError("usage", `statement ${name}, row ${index + 1}: ${column} cannot be read`, {
            expected: VALUE_KINDS[kind].expected,
          });
        return [column, value];
      }),
    );
  });
  return JSON.stringify(records);
}
