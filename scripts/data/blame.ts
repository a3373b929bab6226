// Which transactions touched a table within a window: ranked by rows, from archived WAL alone. Nothing is prepared on the source.
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import { inconclusive, pass } from "../core/finding";
import { showInstant } from "../core/instant";
import type { Archive, ArchiveTools } from "./wal/archive";
import { type FileHistory, fileHistory, type TableFile } from "./wal/files";
import { type Scanned, scan, type Window } from "./wal/scan";
import { type Committed, type Counts, sum } from "./wal/transactions";

export interface TouchedTable {
  database: string;
  schema: string;
  name: string;
  inserted: number;
  updated: number;
  deleted: number;
  /** All its rows went, or were written anew. */
  how?: "emptied" | "rewritten" | "dropped";
}

export interface Suspect {
  xid: number;
  subtransactions: number;
  /** Of its commit. */
  lsn: string;
  at: string;
  /** Rows of the tables that were asked about, or of all. */
  rows: number;
  tables: readonly TouchedTable[];
}

export interface Blame {
  /** Ranked: what dropped or emptied a table first, then by rows. */
  suspects: readonly Suspect[];
  /** What else touched them. */
  others: { transactions: number; rows: number };
  unclear: FileHistory["unclear"];
  scanned: Scanned;
}

/** Of many more transactions only those with most rows are kept while reading. */
const KEPT = 2_000;

/** @param wanted object ids of tables; undefined = all */
export async function blame(
  context: ArchiveTools,
  archive: Archive,
  window: Window,
  tables: readonly TableFile[],
  wanted: ReadonlySet<string> | undefined,
): Promise<Blame> {
  const history = await historyOf(context, archive, window, tables);
  let ranking = new Ranking(history, wanted);
  const scanned = await scan(context, archive, window, () => {
    ranking = new Ranking(history, wanted);
    return { onCommit: (transaction) => ranking.add(transaction) };
  });
  return {
    ...ranking.result(),
    unclear: history.unclear.filter((each) => each.tables.some(isWanted(wanted))),
    scanned,
  };
}

export function isWanted(wanted: ReadonlySet<string> | undefined): (table: TableFile) => boolean {
  return ({ databaseOid, oid }) => wanted === undefined || wanted.has(`${databaseOid}/${oid}`);
}

/** Every file that the tables had since the window began; only where one has another than its first must WAL be read for it. */
export async function historyOf(
  context: ArchiveTools,
  archive: Archive,
  { from }: Pick<Window, "from">,
  tables: readonly TableFile[],
): Promise<FileHistory> {
  if (tables.every(({ file, databaseOid, oid }) => file === `${databaseOid}/${oid}`))
    return fileHistory(tables, []);
  let made: Committed[] = [];
  const managers = ["Transaction", "Standby", "Storage"];
  const makeReader = () => {
    made = [];
    return {
      onCommit(transaction: Committed) {
        if (transaction.created.length > 0) made.push(transaction);
      },
    };
  };
  await scan(context, archive, { from, to: undefined }, makeReader, managers);
  return fileHistory(tables, made);
}

class Ranking {
  private suspects: Suspect[] = [];
  private others = { transactions: 0, rows: 0 };
  private readonly byOid: ReadonlyMap<string, TableFile>;
  /** Commits with the file that a table was written into anew: rows that came there were there before. */
  private readonly rewrites: ReadonlySet<string>;
  private readonly replaced: ReadonlyMap<string, FileHistory["replaced"][number]>;

  constructor(
    private readonly history: FileHistory,
    private readonly wanted: ReadonlySet<string> | undefined,
  ) {
    this.byOid = new Map(
      [...history.tables.values()].map((table) => [`${table.databaseOid}/${table.oid}`, table]),
    );
    const rewrites = history.replaced.filter(({ how }) => how === "rewritten");
    this.rewrites = new Set(rewrites.map(({ by, to }) => `${by.lsn} ${to}`));
    this.replaced = new Map(history.replaced.map((each) => [`${each.by.lsn} ${each.from}`, each]));
  }

  add(transaction: Committed): void {
    const { xid, subxids, lsn, at } = transaction;
    const tables = this.touched(transaction);
    const mine = tables.filter(({ table }) => table === undefined || isWanted(this.wanted)(table));
    const known = this.wanted === undefined ? mine : mine.filter(({ table }) => table !== undefined);
    if (known.length === 0) return;
    const rows = known.reduce((all, { touched }) => all + rowsOf(touched), 0);
    const touched = tables.map((each) => each.touched);
    this.suspects.push({ xid, subtransactions: subxids.length, lsn, at, rows, tables: touched });
    if (this.suspects.length > 2 * KEPT) this.cut(KEPT);
  }

  result(): Pick<Blame, "suspects" | "others"> {
    this.cut(KEPT);
    return { suspects: this.suspects, others: this.others };
  }

  private cut(to: number): void {
    this.suspects.sort((a, b) => weight(b) - weight(a) || b.rows - a.rows || (a.lsn < b.lsn ? -1 : 1));
    for (const { rows } of this.suspects.splice(to)) {
      this.others.transactions++;
      this.others.rows += rows;
    }
  }

  private touched(transaction: Committed): { table: TableFile | undefined; touched: TouchedTable }[] {
    const byTable = new Map<string, { table: TableFile; counts: Counts }>();
    const { tables } = this.history;
    for (const [name, counts] of transaction.files) {
      const file = name.slice(name.indexOf("/") + 1);
      const table = tables.get(file);
      // Catalogues, TOAST and what was dropped since: of those only the user's own tables are known by name.
      if (!table || this.rewrites.has(`${transaction.lsn} ${file}`)) continue;
      const key = `${table.databaseOid}/${table.oid}`;
      byTable.set(key, { table, counts: sum(byTable.get(key)?.counts, counts) });
    }
    const all = [...byTable.values()].map(({ table, counts }) => ({
      table,
      touched: touchedOf(table, counts),
    }));
    return [...mergeMoves(all), ...this.gone(transaction, byTable)];
  }

  /** Tables that lost all their rows: emptied, rewritten, or dropped and so not known any more. */
  private gone(
    { lsn, locked, created, dropped }: Committed,
    seen: ReadonlyMap<string, unknown>,
  ): { table: TableFile | undefined; touched: TouchedTable }[] {
    const none = { inserted: 0, updated: 0, deleted: 0 };
    const found: { table: TableFile | undefined; touched: TouchedTable }[] = [];
    for (const file of dropped) {
      const replaced = this.replaced.get(`${lsn} ${file}`);
      if (!replaced) continue;
      const { table, how } = replaced;
      found.push({ table, touched: { ...nameOf(table), ...none, how } });
    }
    if (created.length > 0 || dropped.length === 0) return found;
    for (const key of locked.keys()) {
      const table = this.byOid.get(key);
      // What is still there was not dropped; of what is gone only the number is known, and indexes and TOAST tables are locked too.
      if (table || seen.has(key) || !dropped.includes(key)) continue;
      const [database = "", name = ""] = key.split("/");
      found.push({ table: undefined, touched: { database, schema: "", name, ...none, how: "dropped" } });
    }
    return found.slice(0, found.findIndex(({ table }) => table === undefined) + 1 || undefined);
  }
}

/** A drop outranks everything, an emptied table every change of rows; a rewrite changes no row. */
function weight({ tables }: Suspect): number {
  const hows = tables.map(({ how }) => how);
  return hows.includes("dropped") ? 2 : hows.includes("emptied") ? 1 : 0;
}

function touchedOf(
  table: TableFile,
  { inserted, updated, deleted, movedOut }: Counts,
): TouchedTable & { movedOut: number } {
  return { ...nameOf(table), inserted, updated, deleted, movedOut };
}

function nameOf({ database, schema, name }: TableFile): Pick<TouchedTable, "database" | "schema" | "name"> {
  return { database, schema, name };
}

function rowsOf({ inserted, updated, deleted }: TouchedTable): number {
  return inserted + updated + deleted;
}

/** What moved from one partition to another is an update of the one it left, and no insert of the one it came to. */
function mergeMoves(
  all: readonly { table: TableFile; touched: TouchedTable & { movedOut: number } }[],
): { table: TableFile; touched: TouchedTable }[] {
  const moved = new Map<number, number>();
  for (const { table, touched } of all)
    moved.set(table.root, (moved.get(table.root) ?? 0) + touched.movedOut);
  return all.map(({ table, touched: { movedOut, inserted, updated, ...rest } }) => {
    const arrived = Math.min(moved.get(table.root) ?? 0, inserted);
    moved.set(table.root, (moved.get(table.root) ?? 0) - arrived);
    return { table, touched: { ...rest, inserted: inserted - arrived, updated: updated + movedOut } };
  });
}

/** @throws OpsError usage */
export function windowOf(from: Date, to: Date | undefined): Window {
  if (to !== undefined && to <= from)
    throw new OpsError("usage", `--to ${showInstant(to)} is not later than --from`, {
      expected: `an instant after ${showInstant(from)}`,
    });
  return { from, to };
}

/** Whether the window was seen whole. */
export function blameChecks({ unclear, scanned }: Blame, { to }: Window): Check[] {
  const seen = `${scanned.segments} segments of archived WAL read; the newest commit in them: ${scanned.newest ?? "none"}`;
  const early =
    to !== undefined && (scanned.newest === undefined || new Date(scanned.newest.replace(" UTC", "Z")) < to);
  return [
    {
      name: "window-read",
      ...(early
        ? inconclusive(`${seen}; that is before the window ends: WAL is not archived that far`)
        : pass(seen)),
    },
    ...unclear.map(({ by, tables }, index) => ({
      name: `files-before-rewrite-${index + 1}`,
      ...inconclusive(
        `transaction ${by.xid} at ${by.lsn} gave ${tables.map(({ schema, name }) => `${schema}.${name}`).join(", ")} another file together with other changes; what happened to it before ${by.at} is not seen here`,
      ),
    })),
  ];
}
