// Which of the rows that differ are to be taken back, and what of them. Pure.
import { OpsError } from "../../core/errors";
import { type ChangedTable, type Image, kindOf } from "../images/change";
import { type Condition, matcher } from "../images/conditions";
import type { Select } from "./differences";

export const KINDS = ["inserted", "updated", "deleted"] as const;

export interface Selection {
  /** All must hold of the row as it is at the later moment or, where it is gone, as it was. */
  where: readonly Condition[];
  /** What became of the row. Empty: whatever. */
  kinds: readonly (typeof KINDS)[number][];
  /** Of rows that were updated only these columns. Empty: all. */
  columns: readonly string[];
}

/** @throws OpsError usage for a column that a table has not */
export function selectBy({ where, kinds, columns }: Selection): Select {
  return (table) => {
    const meant = matcher(where, table);
    const kept = columns.length === 0 ? undefined : positionsOf(columns, table);
    return (before, after) => {
      const kind = kindOf({ table: 0, before, after });
      if (kind === undefined || (kinds.length > 0 && !kinds.includes(kind))) return undefined;
      if (!meant((after ?? before)!)) return undefined;
      if (kept === undefined || before === null || after === null) return { before, after };
      return { before: after.map((value, at): Image[number] => (kept.has(at) ? before[at]! : value)), after };
    };
  };
}

function positionsOf(names: readonly string[], { schema, name, columns }: ChangedTable): ReadonlySet<number> {
  return new Set(
    names.map((each) => {
      const at = columns.findIndex((column) => column.name === each);
      if (at >= 0 && !columns[at]!.generated) return at;
      throw new OpsError("usage", `${schema}.${name} has no column ${each} that could be written`, {
        expected: columns.flatMap((column) => (column.generated ? [] : [column.name])).join(", "),
      });
    }),
  );
}
