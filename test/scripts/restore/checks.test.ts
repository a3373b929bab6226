// Checks that need no restore, at the edges that the self-test does not reach.
import { describe, expect, it } from "vitest";
import type { BackupSet } from "../../../scripts/backup/backup-set";
import type { CheckpointReference } from "../../../scripts/backup/checkpoint";
import type { BackupRepository, MetadataCopies, WalArchive } from "../../../scripts/backup/port";
import { segmentOf } from "../../../scripts/backup/wal";
import { RESTORE_CHECKS } from "../../../scripts/restore/restore-run";
import type { AtTarget } from "../../../scripts/restore/test-state";

const T = (seconds: number): string => new Date(Date.UTC(2026, 10, 23, 2, 0, seconds)).toISOString();
const POINT = {
  name: "ops-1",
  target: "restore-point",
  lsn: "0/5000000",
  timeline: 1,
  artifact: "0".repeat(64),
} as const;

interface Given {
  /** When the source said the checkpoint was, seconds after 02:00. The backup lasted from 0 to 60. */
  at?: number;
  recorded?: readonly string[];
  labels?: readonly string[];
  stored?: readonly MetadataCopies[][];
  segments?: readonly number[][];
  /** What the engine's own check complains of, one list each time it is asked. */
  complaints?: readonly (readonly string[])[];
}

async function look(name: string, given: Given = {}) {
  const checkpoint: CheckpointReference = { ...POINT, at: T(given.at ?? 30) };
  const next = <U>(list: readonly U[]): (() => Promise<U>) => {
    let index = 0;
    return async () => list[Math.min(index++, list.length - 1)]!;
  };
  const wal = (numbers: readonly number[]) =>
    numbers.map((n) => ({ name: segmentOf(`0/${(n * 16 * 1024 * 1024).toString(16)}`, 1), bytes: 1 }));
  const listings = (given.segments ?? [[]]).map(wal);
  const backupRepository: Partial<BackupRepository> = {
    list: async () => (given.labels ?? []).map((label) => ({ label })) as BackupSet[],
    verify: next(
      (given.complaints ?? [[]]).map((problems) => ({
        ok: problems.length === 0,
        problems: [...problems],
        detail: "9 files read",
      })),
    ),
    metadataCopies: next((given.stored ?? [[]]) as MetadataCopies[][]),
  };
  const walArchive: Partial<WalArchive> = {
    segments: next(listings.slice(1).length > 0 ? listings.slice(1) : listings),
  };
  const waited: number[] = [];
  const clock = {
    now: () => new Date(T(60)),
    seconds: () => 0,
    sleep: async (s: number) => void waited.push(s),
  };
  const entry = (label: string) => ({
    predicate: {
      job: "backup",
      environment: "sandbox",
      platform: "p",
      started: T(0),
      finished: T(60),
      facts: { label, type: "full", warnings: [], checkpoint },
    },
  });
  const ledger = { entries: async () => (given.recorded ?? ["F1"]).map(entry) };
  const context = {
    backupRepository,
    walArchive,
    clock,
    ledger,
    environment: "sandbox",
    platform: { name: "p" },
  };
  const state = {
    context,
    goal: { checkpoint, target: { kind: "restore-point" } },
    checkpoint: { ...checkpoint, segment: wal([5])[0]!.name, segmentBytes: 16 * 1024 * 1024 },
    set: { startSegment: wal([3])[0]!.name, stopSegment: wal([3])[0]!.name, archiveId: "15-1" },
    switches: new Map(),
    segments: listings[0],
  };
  const finding = await RESTORE_CHECKS.find((restoreCheck) => restoreCheck.name === name)!.look(
    state as unknown as AtTarget,
  );
  return { verdict: finding?.verdict, detail: finding?.detail, waited };
}

describe("source-clock", () => {
  it.each([
    ["within the backup", 30, "pass"],
    ["as early as NTP lets it be", -5, "pass"],
    ["as late as NTP lets it be", 65, "pass"],
    ["behind", -6, "fail"],
    ["ahead", 66, "fail"],
  ])("%s", async (_name, at, verdict) => {
    expect((await look("source-clock", { at })).verdict).toBe(verdict);
  });

  it("cannot tell without evidence of the backup", async () => {
    expect((await look("source-clock", { recorded: [] })).verdict).toBe("inconclusive");
  });
});

describe("generation", () => {
  it.each([
    ["the last one on record is there", ["F1", "F2"], ["F1", "F2"], "pass"],
    ["older ones were expired", ["F1", "F2"], ["F2"], "pass"],
    ["a newer one that nobody recorded", ["F1"], ["F1", "F2"], "pass"],
    ["the last one on record is gone", ["F1", "F2"], ["F1"], "fail"],
    ["nothing was recorded", [], ["F1"], "inconclusive"],
  ])("%s", async (_name, recorded, labels, verdict) => {
    expect((await look("generation", { recorded, labels })).verdict).toBe(verdict);
  });
});

describe("repository-integrity", () => {
  it("believes the engine at once when it has no complaint", async () => {
    expect(await look("repository-integrity")).toEqual({
      verdict: "pass",
      detail: "9 files read",
      waited: [],
    });
  });

  it("asks again, because what is just being archived looks damaged for a moment", async () => {
    const found = await look("repository-integrity", { complaints: [["a segment of 0 bytes"], []] });
    expect(found).toEqual({ verdict: "pass", detail: "9 files read", waited: [3] });
  });

  it("fails with what stays", async () => {
    const found = await look("repository-integrity", { complaints: [["gone in a moment"], ["checksum"]] });
    expect(found).toEqual({ verdict: "fail", detail: "checksum", waited: [3] });
  });
});

describe("a checkpoint of an earlier version", () => {
  const state = { tables: [], excluded: [], sequences: [], schema: { "TABLE a": "1" } };
  const earlier = { databases: { learning: { ...state, schemaBy: "object" } }, roles: { "role app": "1" } };
  const schema = { "TABLE a": "2" };
  const databases = { learning: { ...state, schema, schemaBy: "object-2" } };
  const stop = { content: { databases, roles: { "role app": "2" }, sharedBy: "json" } };

  it.each(["schema", "roles"])("says nothing of %s, rather than that they changed", async (name) => {
    const check = RESTORE_CHECKS.find((restoreCheck) => restoreCheck.name === name)!;
    const finding = await check.look({ checkpoint: earlier, goal: {}, stop } as unknown as AtTarget);
    expect(finding).toMatchObject({ verdict: "inconclusive" });
    expect(finding?.detail).toContain("take a new backup");
  });
});

describe("metadata-copies", () => {
  const pair = (...copies: (string | Error)[]): MetadataCopies[] => [
    {
      name: "backup.info",
      copies: copies.map((copy, index) =>
        typeof copy === "string"
          ? { file: `${index}`, sha256: copy }
          : { file: `${index}`, problem: copy.message },
      ),
    },
  ];
  it.each([
    ["equal", [pair("a", "a")], "pass", []],
    ["different", [pair("a", "b")], "fail", [3]],
    ["one unreadable", [pair("a", new Error("gone"))], "fail", [3]],
    ["both unreadable", [pair(new Error("gone"), new Error("gone"))], "fail", [3]],
    ["different only while a backup replaces them", [pair("a", "b"), pair("b", "b")], "pass", [3]],
  ])("%s", async (_name, stored, verdict, waited) => {
    expect(await look("metadata-copies", { stored })).toMatchObject({ verdict, waited });
  });
});

describe("wal-contiguity", () => {
  it.each([
    ["complete to the checkpoint", [[3, 4, 5]], "pass"],
    ["complete beyond it", [[3, 4, 5, 6, 7]], "pass"],
    ["a gap before the checkpoint", [[3, 5]], "fail"],
    ["the checkpoint's own segment missing", [[3, 4]], "fail"],
    ["a gap behind the checkpoint", [[3, 4, 5, 7]], "fail"],
    ["a segment twice", [[3, 4, 4, 5]], "fail"],
    [
      "a gap that the archiver is about to fill",
      [
        [3, 4, 5, 7],
        [3, 4, 5, 6, 7],
      ],
      "pass",
    ],
  ])("%s", async (_name, segments, verdict) => {
    expect((await look("wal-contiguity", { segments })).verdict).toBe(verdict);
  });
});
