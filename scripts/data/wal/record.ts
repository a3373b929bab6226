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

/** Most lines are of rows: they are read by hand, because expressions for each word cost three times as much. */
function rowChange({ xid, lsn }: Common, operation: string, rest: string): RowChange | undefined {
  switch (operation) {
    case "INSERT":
    case "MULTI_INSERT": {
      const place = blockOf(rest, "blkref #0: rel ");
      if (!place) return undefined;
      const several = operation === "MULTI_INSERT";
      const rows = several ? number(/ntuples:? (\d+)|^(\d+) tuples/, rest) : 1;
      const offset = several ? 0 : numberAfter(rest, "off");
      return { xid, lsn, kind: "insert", file: place.file, rows, new: { block: place.block, offset } };
    }
    case "DELETE":
      return deletion(xid, lsn, rest);
    case "UPDATE":
    case "HOT_UPDATE":
      return update(xid, lsn, rest);
    default:
      return undefined;
  }
}

function deletion(xid: number, lsn: string, rest: string): RowChange | undefined {
  const place = blockOf(rest, "blkref #0: rel ");
  const flags = Number(/flags:? (0x[0-9A-Fa-f]+)/.exec(rest)?.[1] ?? 0);
  // The end of an INSERT … ON CONFLICT that lost: the row was never there for anybody.
  if (!place || (flags & TAKEN_BACK) !== 0) return undefined;
  const old = { block: place.block, offset: numberAfter(rest, "off") };
  const row = { xid, lsn, kind: "delete", file: place.file, rows: 1, old } as const;
  return (flags & MOVED) === 0 ? row : { ...row, moved: true };
}

function update(xid: number, lsn: string, rest: string): RowChange | undefined {
  const to = blockOf(rest, "blkref #0: rel ");
  if (!to) return undefined;
  // Where the row stayed in its block only that one is named.
  const from = blockOf(rest, "blkref #1: rel ") ?? to;
  // `off 1 xmax … new off 2` until 15, `old_xmax: …, old_off: 1, …, new_off: 2` since 16.
  const old = { block: from.block, offset: numberAfter(rest, rest.startsWith("off") ? "off" : "old_off") };
  const made = {
    block: to.block,
    offset: numberAfter(rest, rest.includes("new_off") ? "new_off" : "new off"),
  };
  return { xid, lsn, kind: "update", file: to.file, rows: 1, old, new: made };
}

/** The few names of files that there are, each once and by itself: a part of a line would keep the whole line in memory. */
const FILES = new Map<string, FileName>();

/** Of a reference to the table's main file: another fork's is named between the two numbers. */
function blockOf(rest: string, reference: string): { file: FileName; block: number } | undefined {
  const from = rest.indexOf(reference);
  if (from < 0) return undefined;
  const end = rest.indexOf(" ", from + reference.length);
  if (end < 0 || !rest.startsWith("blk ", end + 1)) return undefined;
  const name = rest.slice(from + reference.length, end);
  let file = FILES.get(name);
  if (file === undefined) {
    if (!/^\d+\/\d+\/\d+$/.test(name)) return undefined;
    file = ownText(name);
    FILES.set(file, file);
  }
  return { file, block: digitsAt(rest, end + 5) };
}

/** Of `word 7` and `word: 7`, the first of them. */
function numberAfter(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at < 0) return 0;
  const colon = text.charCodeAt(at + word.length) === COLON ? 1 : 0;
  return digitsAt(text, at + word.length + colon + 1);
}

const [ZERO, NINE, COLON] = [0x30, 0x39, 0x3a];

function digitsAt(text: string, from: number): number {
  let value = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) break;
    value = value * 10 + code - ZERO;
  }
  return value;
}

/** A copy that shares nothing with the text that it was cut from. */
function ownText(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
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
    at: ownText(TIME.exec(rest)?.[0] ?? ""),
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
