// Which files a table had before it was emptied or rewritten: WAL knows files, not tables. Pure.
import type { Committed } from "./transactions";

/** A table or partition as the catalogue knows it now. */
export interface TableFile extends Record<string, unknown> {
  database: string;
  databaseOid: number;
  oid: number;
  /** Object id of the partitioned table that it is part of; otherwise its own. */
  root: number;
  schema: string;
  name: string;
  /** `database/filenode`; where it is not `database/oid` the table was emptied or rewritten since it was made. */
  file: string;
}

export type Replacement = "emptied" | "rewritten";

/** A transaction gave a table another file. */
export interface Replaced {
  by: Pick<Committed, "xid" | "lsn" | "at">;
  how: Replacement;
  table: TableFile;
  from: string;
  to: string;
}

export interface FileHistory {
  /** Every file that a table had, `database/filenode`. */
  tables: ReadonlyMap<string, TableFile>;
  replaced: readonly Replaced[];
  /** Transactions that gave tables other files of which nobody can say which was whose: what happened before to these tables is not seen. */
  unclear: readonly { by: Pick<Committed, "xid" | "lsn" | "at">; tables: readonly TableFile[] }[];
}

/**
 * Goes back from the files that the tables have now. WAL does not say which file a new one takes the place of; the order in which
 * PostgreSQL drops files does (ExecuteTruncateGuts, finish_heap_swap; seen on 15), and where something else was made and dropped in
 * the same transaction, so that the orders cannot be compared, that is said.
 * @param transactions that made files, in the order in which they committed
 */
export function fileHistory(tables: readonly TableFile[], transactions: readonly Committed[]): FileHistory {
  const known = new Map(tables.map((table) => [table.file, table]));
  const replaced: Replaced[] = [];
  const unclear: FileHistory["unclear"][number][] = [];
  for (const transaction of transactions.toReversed()) {
    const { xid, lsn, at, created } = transaction;
    const by = { xid, lsn, at };
    const heaps = created.flatMap((file, index) => {
      const table = known.get(file);
      return table && !isNew(table, transaction) ? [{ table, file, index }] : [];
    });
    const lost: TableFile[] = [];
    heaps.forEach((heap, nth) => {
      const next = heaps[nth + 1]?.index ?? created.length;
      const from = predecessor(transaction, heap, next, heaps.length === 1);
      if (from === undefined) lost.push(heap.table);
      else {
        const how = howReplaced(transaction, heap.file);
        replaced.push({ by, how, table: heap.table, from, to: heap.file });
        known.set(from, heap.table);
      }
    });
    if (lost.length > 0) unclear.push({ by, tables: lost });
  }
  return { tables: known, replaced: replaced.reverse(), unclear: unclear.reverse() };
}

/** Made by the same transaction: it had no other file before. */
function isNew({ file, databaseOid, oid }: TableFile, { created }: Committed): boolean {
  return file === `${databaseOid}/${oid}` && created.includes(file);
}

/** The file in whose place a table's new one came; undefined where nobody can say. */
function predecessor(
  transaction: Committed,
  { table, file, index }: { table: TableFile; file: string; index: number },
  next: number,
  alone: boolean,
): string | undefined {
  const { created, dropped } = transaction;
  const first = `${table.databaseOid}/${table.oid}`;
  if (dropped.includes(first)) return first;
  if (created.length !== dropped.length) return undefined;
  const emptied = howReplaced(transaction, file) === "emptied";
  const mixed = dropped.some((each) => created.includes(each));
  if (mixed && (emptied || !alone)) return undefined;
  // Emptied: files are dropped in the order in which their successors are made. Rewritten: of each table the old one last.
  return dropped[emptied ? index : next - 1];
}

/** A rewrite fills a table that is made for it, and whose first file has its object id: it locks that, too. */
export function howReplaced({ locked }: Pick<Committed, "locked">, file: string): Replacement {
  return locked.has(file) ? "rewritten" : "emptied";
}
