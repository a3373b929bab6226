// Conditions on a row's texts, `column=value`: which rows of a transaction are meant. The value is likely somebody's: it is never repeated.
import { oneOf } from "../../../policies/engine/suggest";
import { OpsError } from "../../core/errors";
import { nameParts } from "../../postgres/object-name";
import type { ChangedTable, Image } from "./change";

export interface Condition {
  column: string;
  /** The text as PostgreSQL prints it (times in UTC, booleans as t and f); null: it is NULL. */
  value: string | null;
}

/** A name, quoted like SQL or anything up to the first `=`; then what it is compared with. */
const FORM = /^("(?:[^"]|"")+"|[^"=][^=]*?)(?:=(.*)|\s+is\s+null\s*)$/isu;

/**
 * `column=value`, where the first `=` splits and nothing after it is the empty text; or `column is null`. Names without quotes are
 * taken as they are written.
 * @throws OpsError usage, which repeats nothing of what was given
 */
export function parseCondition(text: string): Condition {
  const [, name = "", value] = FORM.exec(text) ?? [];
  const [column, ...more] = nameParts(name) ?? [];
  if (column === undefined || more.length > 0 || name !== name.trim())
    throw new OpsError("usage", "a condition cannot be read; it is not repeated here", {
      expected: "<column>=<value> without blanks around =, or: <column> is null",
      todo: 'put a column that holds a dot, a quote, = or blanks at its ends into double quotes: "odd=name"=7',
    });
  return { column, value: value ?? null };
}

/** Conditions from a file, one a line, where they stand in no list of processes; empty lines and `# …` say nothing. @throws OpsError usage */
export function parseConditionFile(text: string): Condition[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map(parseCondition);
}

/**
 * Whether one image of a row, as it was before or as it was after, meets all conditions.
 * @throws OpsError usage for a column that the table has not, or that is computed from others and so in no image
 */
export function matcher(
  conditions: readonly Condition[],
  { schema, name, columns }: Pick<ChangedTable, "schema" | "name" | "columns">,
): (image: Image) => boolean {
  const names = columns.filter(({ generated }) => !generated).map((column) => column.name);
  const wanted = conditions.map(({ column, value }) => {
    const at = columns.findIndex((each) => each.name === column);
    if (columns[at] && !columns[at].generated) return { at, value };
    const found = columns[at]
      ? `${column} of ${schema}.${name} is generated`
      : `${schema}.${name} has no column ${column}`;
    throw new OpsError("usage", found, { expected: oneOf(column, names) });
  });
  return (image) => wanted.every(({ at, value }) => (image[at] ?? null) === value);
}
