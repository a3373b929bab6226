// What became of whole tables in a transaction, where that is more than rows. Pure.
import { OpsError } from "../../core/errors";
import type { Located } from "../wal/locate";
import { type Catalogue, leavesByFile } from "./catalogue";
import type { ChangedTable } from "./change";
import type { RowPlaces } from "./places";

/** What is told of a table as a whole. */
export interface TableFate {
  table: Pick<ChangedTable, "database" | "schema" | "name">;
  /** Between two moments also: made since, or given other columns. */
  how: "emptied" | "rewritten" | "dropped" | "made" | "altered";
}

/**
 * Whether a file went with all its rows: its table was emptied, or dropped. A rewrite makes a table of its own, which it locks; where a
 * transaction rewrote one table, others that it emptied are taken for rewritten as well.
 */
export function isEmptied({ created, dropped, locked }: Located["transaction"], file: string): boolean {
  return dropped.includes(file) && !created.some((each) => locked.has(each));
}

export function fatesOf(
  transaction: Located["transaction"],
  before: Catalogue,
  after: Catalogue,
  emptied: ReadonlySet<string>,
): TableFate[] {
  const later = new Set(after.leaves.map(({ oid }) => oid));
  return before.leaves.flatMap((leaf) => {
    if (!transaction.dropped.includes(leaf.file)) return [];
    const { database } = before.roots.get(leaf.root)!;
    const how = !later.has(leaf.oid) ? "dropped" : emptied.has(leaf.file) ? "emptied" : "rewritten";
    return [{ table: { database, schema: leaf.schema, name: leaf.name }, how }];
  });
}

/** @throws OpsError usage when the transaction changed the definition of a table whose rows it changed */
export function requireSameColumns(
  xid: number,
  before: Catalogue,
  after: Catalogue,
  places: readonly RowPlaces[],
): void {
  const byFile = leavesByFile(before);
  const touched = new Set(places.flatMap(({ old }) => (old ? (byFile.get(old.file)?.root ?? []) : [])));
  for (const oid of touched) {
    const [was, is] = [before.roots.get(oid), after.roots.get(oid)];
    if (was === undefined || is === undefined || JSON.stringify(was.columns) === JSON.stringify(is.columns))
      continue;
    throw new OpsError(
      "usage",
      `transaction ${xid} changed the columns of ${was.schema}.${was.name} as well as its rows`,
      {
        expected: "a transaction that changed rows alone",
        todo: "restore the table beside the live one: `ops restore --only … --load-into …`",
      },
    );
  }
}
