// Lines of pg_waldump as PostgreSQL 15 and 17 print them, word for word from real servers.
import { describe, expect, it } from "vitest";
import { parseRecord } from "../../../../scripts/data/wal/record";
import { Transactions } from "../../../../scripts/data/wal/transactions";

const line = (manager: string, tx: number, desc: string, lsn = "0/01817970"): string =>
  `rmgr: ${manager.padEnd(11)} len (rec/tot):     70/    70, tx: ${String(tx).padStart(10)}, lsn: ${lsn}, prev 0/018175B0, desc: ${desc}`;

describe("parseRecord", () => {
  it.each<[string, string, object | undefined]>([
    [
      "Heap",
      "HOT_UPDATE off 1 xmax 733 flags 0x20 ; new off 21 xmax 0, blkref #0: rel 1663/5/16489 blk 7",
      {
        kind: "update",
        rows: 1,
        file: "1663/5/16489",
        old: { block: 7, offset: 1 },
        new: { block: 7, offset: 21 },
      },
    ],
    [
      "Heap",
      "UPDATE off 54 xmax 745 flags 0x00 ; new off 15 xmax 0, blkref #0: rel 1663/5/1249 blk 57, blkref #1: rel 1663/5/1249 blk 55",
      { kind: "update", old: { block: 55, offset: 54 }, new: { block: 57, offset: 15 } },
    ],
    [
      "Heap",
      "UPDATE old_xmax: 745, old_off: 54, old_infobits: [], flags: 0x00, new_xmax: 0, new_off: 15, blkref #0: rel 1663/5/1249 blk 57 FPW, blkref #1: rel 1663/5/1249 blk 55 FPW",
      { kind: "update", old: { block: 55, offset: 54 }, new: { block: 57, offset: 15 } },
    ],
    [
      "Heap",
      "DELETE off 6 flags 0x00 KEYS_UPDATED , blkref #0: rel 1663/5/16489 blk 0",
      { kind: "delete", old: { block: 0, offset: 6 } },
    ],
    [
      "Heap",
      "DELETE xmax: 728, off: 6, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/5/16489 blk 0",
      { kind: "delete", old: { block: 0, offset: 6 } },
    ],
    [
      "Heap",
      "DELETE off 2 flags 0x10 KEYS_UPDATED , blkref #0: rel 1663/5/16508 blk 0",
      { kind: "delete", moved: true },
    ],
    ["Heap", "DELETE off 2 flags 0x08 KEYS_UPDATED , blkref #0: rel 1663/5/16508 blk 0", undefined],
    [
      "Heap",
      "INSERT+INIT off 1 flags 0x00, blkref #0: rel 1663/5/16513 blk 0",
      { kind: "insert", rows: 1, new: { block: 0, offset: 1 } },
    ],
    [
      "Heap",
      "INSERT off: 3, flags: 0x00, blkref #0: rel 1663/5/16513 blk 2",
      { kind: "insert", new: { block: 2, offset: 3 } },
    ],
    [
      "Heap2",
      "MULTI_INSERT 2 tuples flags 0x02, blkref #0: rel 1663/5/16518 blk 4",
      { kind: "insert", rows: 2, new: { block: 4, offset: 0 } },
    ],
    [
      "Heap2",
      "MULTI_INSERT+INIT ntuples: 61, flags: 0x02, blkref #0: rel 1663/5/16518 blk 4",
      { kind: "insert", rows: 61 },
    ],
    [
      "Heap",
      "LOCK off 8: xid 735: flags 0x00 LOCK_ONLY EXCL_LOCK KEYS_UPDATED , blkref #0: rel 1663/5/16489 blk 0",
      undefined,
    ],
    ["Heap2", "LOCK_UPDATED off 8: xmax 735: flags 0x00 , blkref #0: rel 1663/5/16489 blk 0", undefined],
    ["Heap2", "PRUNE latestRemovedXid 0 nredirected 0 ndead 6, blkref #0: rel 1663/5/1249 blk 56", undefined],
    [
      "Transaction",
      "COMMIT 2026-12-01 11:55:31.493632 UTC; subxacts: 735 736",
      { kind: "commit", xid: 733, subxids: [735, 736], at: "2026-12-01 11:55:31.493632 UTC", dropped: [] },
    ],
    [
      "Transaction",
      "COMMIT 2026-12-01 11:55:31.496159 UTC; rels: base/5/16500 base/5/16501 pg_tblspc/99/PG_15_202209061/5/16499; inval msgs: catcache 55 relcache 16489",
      { kind: "commit", dropped: ["5/16500", "5/16501", "5/16499"] },
    ],
    [
      "Transaction",
      "COMMIT_PREPARED 741: 2026-12-01 11:55:31.497999 UTC; subxacts: 742",
      { kind: "commit", xid: 741, subxids: [742] },
    ],
    ["Transaction", "ABORT 2026-12-01 11:55:31.493029 UTC", { kind: "abort", xid: 733 }],
    ["Standby", "LOCK xid 738 db 5 rel 16489 ", { kind: "lock", xid: 738, database: 5, table: 16489 }],
    [
      "Standby",
      "RUNNING_XACTS nextXid 762 latestCompletedXid 760 oldestRunningXid 761; 1 xacts: 761",
      { kind: "running", next: 762, running: [761] },
    ],
    [
      "Standby",
      "RUNNING_XACTS nextXid 745 latestCompletedXid 744 oldestRunningXid 745",
      { kind: "running", next: 745, running: [] },
    ],
    ["Storage", "CREATE base/5/16518", { kind: "created", file: "5/16518" }],
    ["Storage", "CREATE base/5/16704_init", undefined],
    ["Btree", "INSERT_LEAF off 3, blkref #0: rel 1663/5/16494 blk 1", undefined],
  ])("%s %s", (manager, desc, expected) => {
    const found = parseRecord(line(manager, 733, desc));
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });

  it("has nothing to say of other lines", () => {
    for (const text of ["", "pg_waldump: error: x", "rmgr: Heap"]) expect(parseRecord(text)).toBeUndefined();
  });
});

describe("Transactions", () => {
  it("counts subtransactions as their transaction, and forgets what was rolled back", () => {
    const transactions = new Transactions();
    const file = "blkref #0: rel 1663/5/1 blk 0";
    const lines = [
      line("Heap", 10, `INSERT off 1 flags 0x00, ${file}`),
      line("Heap", 11, `DELETE off 2 flags 0x00 , ${file}`),
      line("Heap", 12, `DELETE off 3 flags 0x00 , ${file}`),
      line("Transaction", 11, "ABORT 2026-12-01 11:55:31.493029 UTC"),
      line("Standby", 12, "LOCK xid 12 db 5 rel 9 ", "0/5"),
      line("Heap", 20, `HOT_UPDATE off 1 xmax 20 flags 0x00 ; new off 2 xmax 0, ${file}`),
    ];
    for (const text of lines) expect(transactions.add(parseRecord(text)!)).toBeUndefined();
    const done = transactions.add(
      parseRecord(line("Transaction", 10, "COMMIT 2026-12-01 11:55:32 UTC; subxacts: 12", "0/9"))!,
    );
    expect(done).toMatchObject({ xid: 10, subxids: [12], lsn: "0/9" });
    expect([...done!.files]).toEqual([["1663/5/1", { inserted: 1, updated: 0, deleted: 1, movedOut: 0 }]]);
    expect([...done!.locked]).toEqual([["5/9", "0/5"]]);
  });

  it("gives a file that was made before its maker had a number to whom the next record is of", () => {
    const transactions = new Transactions();
    transactions.add(parseRecord(line("Storage", 0, "CREATE base/5/16756"))!);
    transactions.add(parseRecord(line("Storage", 858, "CREATE base/5/16757"))!);
    const done = transactions.add(
      parseRecord(line("Transaction", 858, "COMMIT 2026-12-01 11:55:32 UTC; rels: base/5/2 base/5/1"))!,
    );
    expect(done).toMatchObject({ created: ["5/16756", "5/16757"], dropped: ["5/1", "5/2"] });
  });
});
