// Retention on a real repository, at a later date: what is promised is kept, refused by date, and really restorable after.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backUpAndRecord } from "../../scripts/backup/backup";
import type { BackupSet } from "../../scripts/backup/backup-set";
import { checkpoints } from "../../scripts/backup/evidence";
import { EXPIRY_EVIDENCE, expire, planExpiry } from "../../scripts/backup/expire";
import { inspectRepository } from "../../scripts/backup/repository-inspection";
import type { Context } from "../../scripts/context";
import { resolveGoal } from "../../scripts/restore/target";
import { testRestore } from "../../scripts/restore/test-restore";
import { type Cluster, startCluster } from "../e2e/cluster";
import { type RealContext, realContext } from "../e2e/context";

let real: RealContext;
let now: Context;
let later: Context;
/** Two full backups; an incremental and a differential of the first, an incremental of the second. */
const sets: BackupSet[] = [];

beforeAll(async () => {
  real = await realContext();
  now = real.context;
  later = real.inDays(now.platform.restoreWindow.days + 1);
  await now.sandbox!.prepare({ scale: 0.02 });
  for (const type of ["full", "incr", "diff", "full", "incr"] as const)
    sets.push((await backUpAndRecord(now, type)).set);
  await real.record(now, "verify", await inspectRepository(now, 30));
});
afterAll(() => real.close());

const labels = async (): Promise<string[]> => (await now.backupRepository.list()).map((set) => set.label);
const label = (index: number): string => sets[index]!.label;
const inventoryOf = async (context: Context) =>
  (await inspectRepository(context, 30)).checks.find(({ name }) => name === "repository-inventory")!;

describe("today", () => {
  it("nothing may go, and every backup says what for", async () => {
    const plan = await planExpiry(now);
    expect(plan.chosen).toEqual([]);
    expect(plan.needed.map(({ set }) => set.label)).toEqual(sets.map((set) => set.label));
  });

  it("a backup that somebody names is refused with its dates", async () => {
    await expect(planExpiry(now, [label(3)])).rejects.toMatchObject({
      exit: "promised",
      code: 21,
      message: expect.stringMatching(new RegExp(`${label(3)} for \\d{4}-\\d\\d-\\d\\d.*${label(4)} for`)),
    });
    expect(await labels()).toHaveLength(5);
  });

  it("an unknown one is refused by name", async () => {
    await expect(planExpiry(now, ["20200101-000000F"])).rejects.toMatchObject({ exit: "unknownTarget" });
  });
});

describe("when the window has moved on", () => {
  it("only the chain of the newest is needed", async () => {
    const plan = await planExpiry(later);
    expect(plan.chosen.map((set) => set.label)).toEqual([0, 1, 2].map(label));
    expect(plan.needed.map(({ set }) => set.label)).toEqual([3, 4].map(label));
    await expect(planExpiry(later, [label(3)])).rejects.toMatchObject({ exit: "promised" });
  });

  it("the engine is asked first, and stopped when it would take more than the plan", async () => {
    const plan = await planExpiry(later, [label(0)]);
    const only = { ...plan, chosen: plan.chosen.slice(0, 1) };
    await expect(expire(later, only)).rejects.toMatchObject({
      exit: "promised",
      message: expect.stringContaining(label(1)),
    });
    expect(await labels()).toHaveLength(5);
  });

  it("a repository of another cluster is not touched", async () => {
    const other: Cluster = await startCluster();
    try {
      const platform = { ...later.platform, database: { ...later.platform.database, host: other.directory } };
      await expect(expire({ ...later, platform }, await planExpiry(later))).rejects.toMatchObject({
        exit: "proofs",
        message: expect.stringMatching(/holds backups of cluster \d+; the source is cluster \d+/),
      });
    } finally {
      await other.stop();
    }
    expect(await labels()).toHaveLength(5);
  });

  it("what may go goes, with its WAL, and nothing else; evidence of its own says so", async () => {
    const { outcome } = await expire(later, await planExpiry(later));
    expect(outcome.checks.map(({ name, verdict }) => [name, verdict])).toEqual([
      ["retention-own-repository", "pass"],
      ["retention-promise-kept", "pass"],
      ["retention-wal-kept", "pass"],
      ["retention-expired", "pass"],
    ]);
    expect(await labels()).toEqual([3, 4].map(label));
    const segments = (await now.walArchive.segments("15-1")).map(({ name }) => name);
    expect(segments[0]! >= sets[3]!.startSegment).toBe(true);
    const entries = await now.ledger.entries();
    const entry = entries.find(({ predicate }) => predicate.job === EXPIRY_EVIDENCE.job);
    expect(entry!.predicate.facts.expired).toEqual([0, 1, 2].map(label));
    // No backup was taken: the clause must not come into force by it.
    expect(entries.filter(({ predicate }) => predicate.job === "backup")).toHaveLength(5);
  });

  it("the inventory takes it as an expiry, at that date", async () => {
    expect(await inventoryOf(later)).toMatchObject({
      verdict: "pass",
      detail: expect.stringMatching(/[1-9]\d* expired, none missing/),
    });
    // Seen from today the same backups were still promised.
    expect(await inventoryOf(now)).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining(`backup ${label(0)} is gone; it is needed from`),
    });
  });

  it("an instant between the two backups that are left is restored and equal", async () => {
    const known = await checkpoints(now);
    const goal = resolveGoal(known[3]!.name, await now.backupRepository.list(), known, now.clock.now());
    expect(goal.set.label).toBe(label(3));
    const done = await testRestore(now, goal, { purpose: "test" });
    expect(done.checks.filter(({ verdict }) => verdict === "fail")).toEqual([]);
    expect(done.checks.find(({ name }) => name === "content")).toMatchObject({ verdict: "pass" });
  });

  it("a second run finds nothing to do", async () => {
    const { outcome } = await expire(later, await planExpiry(later));
    expect(outcome.facts.expired).toEqual([]);
    expect(outcome.checks.every(({ verdict }) => verdict === "pass")).toBe(true);
  });
});
