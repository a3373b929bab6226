// Puts records together into transactions: what each that committed did to which file, its subtransactions counted as it. Pure.
import { lsnValue } from "../../postgres/recovery-target";
import type { Created, End, ExclusiveLock, FileName, RowChange, WalRecord } from "./record";

export interface Counts {
  inserted: number;
  updated: number;
  deleted: number;
  /** Rows that moved away to another partition, and rows that came from one: no insert and no delete, but an update. */
  movedOut: number;
}

export interface Committed {
  xid: number;
  subxids: readonly number[];
  /** Of the commit record. */
  lsn: string;
  /** `2026-12-01 11:55:31.493632 UTC`, by the server's clock. */
  at: string;
  files: ReadonlyMap<FileName, Counts>;
  /** Tables, `database/oid`, that it locked against everybody, with the LSN of the first such lock. */
  locked: ReadonlyMap<string, string>;
  /** Files that it made and removed, `database/filenode`, in the order in which it did so. */
  created: readonly string[];
  dropped: readonly string[];
}

/** What is known of one (sub)transaction that has not ended. */
interface Open {
  files: Map<FileName, Counts>;
  locked: Map<string, string>;
  created: string[];
}

/** Feed it records in the order of WAL. It forgets a transaction once that has ended. */
export class Transactions {
  private readonly open = new Map<number, Open>();
  /** Files made by whoever had no number yet: as a rule whose record comes next. */
  private nameless: string[] = [];

  /** @param onChange told each change of a row as it comes, of transactions of which nobody knows yet how they will end */
  constructor(private readonly onChange?: (change: RowChange) => void) {}

  /** @returns the transaction whose commit the record is */
  add(record: WalRecord): Committed | undefined {
    if (record.xid !== 0 && this.nameless.length > 0) {
      this.of(record.xid).created.push(...this.nameless);
      this.nameless = [];
    }
    switch (record.kind) {
      case "insert":
      case "update":
      case "delete":
        this.onChange?.(record);
        return this.change(record);
      case "lock":
        return this.lock(record);
      case "created":
        return this.create(record);
      case "commit":
        return this.commit(record);
      case "abort":
        for (const xid of [record.xid, ...record.subxids]) this.open.delete(xid);
        return undefined;
      case "running":
        return undefined;
    }
  }

  private of(xid: number): Open {
    const known = this.open.get(xid);
    if (known) return known;
    const made: Open = { files: new Map(), locked: new Map(), created: [] };
    this.open.set(xid, made);
    return made;
  }

  private change({ xid, file, kind, rows, moved }: RowChange): undefined {
    const { files } = this.of(xid);
    const counts = files.get(file) ?? { inserted: 0, updated: 0, deleted: 0, movedOut: 0 };
    files.set(file, counts);
    if (kind === "insert") counts.inserted += rows;
    else if (kind === "update") counts.updated += rows;
    else if (moved) counts.movedOut += rows;
    else counts.deleted += rows;
  }

  private lock({ xid, lsn, database, table }: ExclusiveLock): undefined {
    const { locked } = this.of(xid);
    const key = `${database}/${table}`;
    if (!locked.has(key)) locked.set(key, lsn);
  }

  private create({ xid, file }: Created): undefined {
    if (xid === 0) this.nameless.push(file);
    else this.of(xid).created.push(file);
  }

  private commit({ xid, subxids, lsn, at, dropped }: End): Committed {
    const files = new Map<FileName, Counts>();
    const locked = new Map<string, string>();
    const created: string[] = [];
    for (const each of [xid, ...subxids]) {
      const part = this.open.get(each);
      this.open.delete(each);
      if (!part) continue;
      for (const [file, counts] of part.files) files.set(file, sum(files.get(file), counts));
      for (const [table, at] of part.locked) if (!isEarlier(locked.get(table), at)) locked.set(table, at);
      created.push(...part.created);
    }
    return { xid, subxids, lsn, at, files, locked, created, dropped: [...dropped].reverse() };
  }
}

export function sum(one: Counts | undefined, other: Counts): Counts {
  return {
    inserted: (one?.inserted ?? 0) + other.inserted,
    updated: (one?.updated ?? 0) + other.updated,
    deleted: (one?.deleted ?? 0) + other.deleted,
    movedOut: (one?.movedOut ?? 0) + other.movedOut,
  };
}

function isEarlier(one: string | undefined, other: string): boolean {
  return one !== undefined && lsnValue(one) <= lsnValue(other);
}
