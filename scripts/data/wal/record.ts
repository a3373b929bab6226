// What a line of pg_waldump says of who changed what. Pure. Lines of PostgreSQL 13 to 15 and of 16 and later differ in their words.

/** A row version's place in a file of a table. */
export interface Place {
  block: number;
  /** From 1. */
  offset: number;
}

/** A file of a table, `tablespace/database/filenode`: what WAL knows a table by. */
export type FileName = string;

interface Common {
  lsn: string;
  /** The transaction or subtransaction that wrote it, 32 bits; 0 = none. */
  xid: number;
}

export interface RowChange extends Common {
  kind: "insert" | "update" | "delete";
  file: FileName;
  rows: number;
  /** Of the version that it ended. */
  old?: Place;
  /** Of the version that it made; of several rows at once only their block is known, and the offset is 0. */
  new?: Place;
  /** The row moved to another partition: half of an update. */
  moved?: true;
}

/** The end of a transaction, with all its subtransactions that were not rolled back. */
export interface End extends Common {
  kind: "commit" | "abort";
  subxids: readonly number[];
  /** By the server's clock, `2026-12-01 11:55:31.493632 UTC`. */
  at: string;
  /** Files removed with it, `database/filenode`, newest first. */
  dropped: readonly string[];
}

/** A table locked against everybody else: it is about to be dropped, emptied, rewritten or altered. */
export interface ExclusiveLock extends Common {
  kind: "lock";
  database: number;
  table: number;
}

export interface Created extends Common {
  kind: "created";
  /** `database/filenode` */
  file: string;
}

/** Which transactions were under way at that place. */
export interface Running extends Common {
  kind: "running";
  /** The next to begin. */
  next: number;
  running: readonly number[];
}

export type WalRecord = RowChange | End | ExclusiveLock | Created | Running;

/** Resource managers whose records are understood. */
export const MANAGERS = ["Heap", "Heap2", "Transaction", "Standby", "Storage"] as const;

const HEADER =
  /^rmgr: (\w+) +len \(rec\/tot\): *\d+\/ *\d+, tx: +(\d+), lsn: ([0-9A-F]+\/[0-9A-F]+), prev [0-9A-F]+\/[0-9A-F]+, desc: ([A-Z_]+)(?:\+INIT)? ?/;

/** XLH_DELETE_IS_SUPER and XLH_DELETE_IS_PARTITION_MOVE (heapam_xlog.h). */
const TAKEN_BACK = 0x08;
const MOVED = 0x10;

/** @returns undefined for records that say nothing of it */
export function parseRecord(line: string): WalRecord | undefined {
  const match = HEADER.exec(line);
  if (!match) return undefined;
  const [{ length }, manager, tx, lsn, operation] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
  ];
  const common = { xid: Number(tx), lsn };
  const rest = line.slice(length);
  if (manager === "Heap" || manager === "Heap2") return rowChange(common, operation, rest);
  if (manager === "Transaction") return endOf(common, operation, rest);
  if (manager === "Standby") return standby(common, operation, rest);
  const file = /^(?:base|pg_tblspc\/\d+\/[^/]+)\/(\d+\/\d+)$/.exec(rest.trimEnd())?.[1];
  if (manager === "Storage" && operation === "CREATE" && file !== undefined)
    return { ...common, kind: "created", file };
  return undefined;
}

function rowChange(common: Common, operation: string, rest: string): RowChange | undefined {
  switch (operation) {
    case "INSERT": {
      const place = blockOf(rest, 0);
      const offset = number(/\boff:? (\d+)/, rest);
      return (
        place && { ...common, kind: "insert", rows: 1, file: place.file, new: { block: place.block, offset } }
      );
    }
    case "MULTI_INSERT": {
      const place = blockOf(rest, 0);
      const rows = number(/ntuples:? (\d+)|^(\d+) tuples/, rest);
      return (
        place && { ...common, kind: "insert", rows, file: place.file, new: { block: place.block, offset: 0 } }
      );
    }
    case "DELETE":
      return deletion(common, rest);
    case "UPDATE":
    case "HOT_UPDATE":
      return update(common, rest);
    default:
      return undefined;
  }
}

function deletion(common: Common, rest: string): RowChange | undefined {
  const place = blockOf(rest, 0);
  const flags = Number(/flags:? (0x[0-9A-Fa-f]+)/.exec(rest)?.[1] ?? 0);
  // The end of an INSERT … ON CONFLICT that lost: the row was never there for anybody.
  if (!place || (flags & TAKEN_BACK) !== 0) return undefined;
  const old = { block: place.block, offset: number(/\boff:? (\d+)/, rest) };
  return {
    ...common,
    kind: "delete",
    rows: 1,
    file: place.file,
    old,
    ...((flags & MOVED) === 0 ? {} : { moved: true as const }),
  };
}

function update(common: Common, rest: string): RowChange | undefined {
  const to = blockOf(rest, 0);
  if (!to) return undefined;
  // Where the row stayed in its block only that one is named.
  const from = blockOf(rest, 1) ?? to;
  return {
    ...common,
    kind: "update",
    rows: 1,
    file: to.file,
    old: { block: from.block, offset: number(/^(?:.*?\bold_off: |off )(\d+)/, rest) },
    new: { block: to.block, offset: number(/\bnew(?:_off:| off) (\d+)/, rest) },
  };
}

/** Of a reference to the table's main file. */
function blockOf(rest: string, reference: number): { file: FileName; block: number } | undefined {
  const at = rest.indexOf(`blkref #${reference}: rel `);
  if (at < 0) return undefined;
  const match = /^blkref #\d+: rel (\d+\/\d+\/\d+) blk (\d+)/.exec(rest.slice(at, at + 80));
  return match ? { file: match[1]!, block: Number(match[2]) } : undefined;
}

function number(form: RegExp, text: string): number {
  const match = form.exec(text);
  return Number(match?.[1] ?? match?.[2] ?? 0);
}

const TIME = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \w+/;

function endOf(common: Common, operation: string, rest: string): End | undefined {
  const kind = { COMMIT: "commit", COMMIT_PREPARED: "commit", ABORT: "abort", ABORT_PREPARED: "abort" }[
    operation
  ];
  if (kind === undefined) return undefined;
  const prepared = operation.endsWith("_PREPARED") ? number(/^(\d+):/, rest) : 0;
  return {
    ...common,
    xid: prepared || common.xid,
    kind: kind as End["kind"],
    at: TIME.exec(rest)?.[0] ?? "",
    subxids: listed(rest, "subxacts").map(Number),
    dropped: listed(rest, "rels").flatMap((name) => /(\d+\/\d+)(?:_\w+)?$/.exec(name)?.[1] ?? []),
  };
}

/** The words of one part of a commit record: `; rels: a b; subxacts: 1 2`. */
function listed(rest: string, name: string): string[] {
  const at = rest.indexOf(`; ${name}: `);
  if (at < 0) return [];
  const from = at + name.length + 4;
  const end = rest.indexOf(";", from);
  return rest
    .slice(from, end < 0 ? undefined : end)
    .trim()
    .split(" ")
    .filter((word) => word !== "");
}

function standby(common: Common, operation: string, rest: string): ExclusiveLock | Running | undefined {
  if (operation === "LOCK") {
    const [, xid, database, table] = /xid (\d+) db (\d+) rel (\d+)/.exec(rest) ?? [];
    if (table === undefined) return undefined;
    return { ...common, xid: Number(xid), kind: "lock", database: Number(database), table: Number(table) };
  }
  if (operation !== "RUNNING_XACTS") return undefined;
  const words = /\d+ (?:xacts|subxacts): ([\d ]+)/g;
  const running = [...rest.matchAll(words)].flatMap(([, list = ""]) => list.trim().split(" ").map(Number));
  return { ...common, kind: "running", next: number(/nextXid (\d+)/, rest), running };
}
