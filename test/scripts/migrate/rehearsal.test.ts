// Does a rehearsal speak for what is pending, and may it be applied at this hour?
import { describe, expect, it } from "vitest";
import type { LockMode } from "../../../scripts/migrate/lock-modes";
import { blocks, modeOf } from "../../../scripts/migrate/lock-modes";
import { fitting, type KnownRehearsal, outsideHours, type Pass } from "../../../scripts/migrate/rehearsal";

const NOW = new Date("2026-11-25T06:00:00Z"); // 14:00 in Shanghai
const A = { name: "0001_a", sha256: "a" };
const B = { name: "0002_b", sha256: "b" };

const pass = (seconds: number, mode: LockMode = "ACCESS EXCLUSIVE"): Pass => ({
  seconds,
  locks: [{ relation: "learning.orders", mode, seconds }],
  blockedWriteSeconds: null,
  blockedReadSeconds: null,
  longestQuerySeconds: null,
  walBytes: 0,
  diskBytes: 0,
});

const rehearsal = (pending = [A, B], hoursAgo = 1, passed = true, held = pass(0.1)): KnownRehearsal => ({
  index: 7,
  finished: new Date(NOW.getTime() - hoursAgo * 3_600_000),
  passed,
  facts: {
    action: "rehearse",
    backup: "20261125-010000F",
    pending,
    migrations: pending.map((one) => ({ ...one, up: held, down: null, again: null, downAgain: null })),
    workload: "",
  },
});

describe("a rehearsal", () => {
  it.each<
    [
      string,
      { name: string; sha256: string }[],
      { name: string; sha256: string }[],
      KnownRehearsal[],
      string | undefined,
    ]
  >([
    ["of exactly these", [A, B], [], [rehearsal()], undefined],
    ["of these, one of which is applied by now", [B], [A], [rehearsal()], undefined],
    [
      "of these and one that was applied otherwise",
      [B],
      [{ ...A, sha256: "x" }],
      [rehearsal()],
      "other files",
    ],
    ["none", [A], [], [], "nothing was ever rehearsed"],
    ["of a file that was changed", [{ ...A, sha256: "x" }, B], [], [rehearsal()], "0001_a was changed since"],
    ["without the newest file", [A, B], [], [rehearsal([A])], "0002_b was not in it"],
    ["with one more file", [A], [], [rehearsal()], "0002_b is not pending now"],
    ["in another order", [B, A], [], [rehearsal()], "their order differs"],
    ["24 h old to the second", [A, B], [], [rehearsal([A, B], 24)], undefined],
    ["older than 24 h", [A, B], [], [rehearsal([A, B], 24.1)], "1 d"],
    ["from the future", [A, B], [], [rehearsal([A, B], -1)], "old"],
    ["that failed", [A, B], [], [rehearsal([A, B], 1, false)], "did not pass"],
    [
      "that failed after one that passed",
      [A, B],
      [],
      [rehearsal(), rehearsal([A, B], 0.5, false)],
      "did not pass",
    ],
  ])("%s", (_, pending, applied, known, reason) => {
    const answer = fitting(pending, applied, known, NOW);
    expect(answer.ok).toBe(reason === undefined);
    if (!answer.ok) expect(answer.reason).toContain(reason);
  });
});

describe("business hours", () => {
  const POLICY = {
    businessHours: { from: "08:00", to: "22:00" },
    bigTableMegabytes: 100,
    longestLockMilliseconds: 500,
  };
  const at = (time: string): Date => new Date(`2026-11-25T${time}:00+08:00`);
  it.each<[string, string, number, Pass, boolean]>([
    ["a long lock on a big table by day", "14:00", 5e9, pass(2), true],
    ["the same at night", "23:30", 5e9, pass(2), false],
    ["the same at the minute they end", "22:00", 5e9, pass(2), false],
    ["the same at the minute they begin", "08:00", 5e9, pass(2), true],
    ["a short lock by day", "14:00", 5e9, pass(0.4), false],
    ["a small table", "14:00", 50e6, pass(2), false],
    ["a lock that lets writers through", "14:00", 5e9, pass(2, "SHARE UPDATE EXCLUSIVE"), false],
  ])("%s", (_, time, bytes, held, refused) => {
    const { facts } = rehearsal([A], 1, true, held);
    const answer = outsideHours([A], facts, { "learning.orders": bytes }, POLICY, "Asia/Shanghai", at(time));
    expect(answer !== undefined).toBe(refused);
    if (refused)
      expect(answer).toContain("0001_a held ACCESS EXCLUSIVE on learning.orders (5000 MB) for 2.00 s");
  });
});

describe("lock modes", () => {
  it.each<[string, LockMode, string]>([
    ["AccessShareLock", "ACCESS SHARE", "nobody"],
    ["RowExclusiveLock", "ROW EXCLUSIVE", "nobody"],
    ["ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE", "other changes of the schema"],
    ["ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE", "writes"],
    ["AccessExclusiveLock", "ACCESS EXCLUSIVE", "reads and writes"],
  ])("%s", (text, mode, whom) => {
    expect(modeOf(text)).toBe(mode);
    expect(blocks(mode)).toBe(whom);
  });
});
