// `ops verify`: the nightly proof that the last backup restores, and that every row of it is what it was.

import { ENGINE_CHECK, inspectRepository, withInspection } from "../backup/repository-inspection";
import { parsePeriod } from "../backup/scrub";
import type { Context } from "../context";
import { parseInstant, showInstant } from "../core/instant";
import { draw, verifySample } from "../coverage/sample-outcome";
import { defineJob } from "../job";
import { findGoal } from "../restore/lineage";
import { withDrillLock } from "../restore/lock";
import { outcomeOf, samples } from "../restore/outcome";
import { requirePriorBackup } from "../restore/require-prior-backup";
import { RESTORE_CHECKS } from "../restore/restore-run";
import { testRestore } from "../restore/test-restore";
import { DEFAULT_ROUNDS, selfTestOutcome, selfTestPlan } from "../self-test/outcome";

export default defineJob({
  name: "verify",
  purpose: "prove",
  summary: "Restore last night's backup in isolation and prove that its content equals the source's",
  clauses: ["DR-BACKUP", "DR-RESTORE"],
  cadence: "daily",
  effect: "isolated",
  evidence: { kind: "restore-verification" },
  arguments: {
    sample: {
      kind: "whole",
      least: 1,
      most: 10_000,
      excludes: ["scrub"],
      description: "restore this many random instants of the restorable window; --seed repeats the choice",
    },
    to: {
      kind: "text",
      value: "target",
      description:
        "instant, checkpoint name or `latest` (default: the newest checkpoint); with --sample, the latest instant that may be drawn",
    },
    timeline: {
      kind: "whole",
      least: 1,
      most: 0xffff_ffff,
      excludes: ["sample"],
      description: "recover along this timeline (default: the one that the source went along)",
    },
    timeout: {
      kind: "amount",
      value: "seconds",
      default: 14400,
      description: "limit of the restore, of recovery, and of what is run on the copy, seconds",
    },
    scrub: {
      kind: "text",
      value: "share",
      description:
        "read this share of the repository's old files instead of all; 1/30 reads every file within 30 days",
    },
    existing: {
      kind: "text",
      value: "instant",
      description: "start of the pipeline; fail unless a backup existed before it",
    },
    selfTest: {
      kind: "flag",
      excludes: ["sample", "to", "timeline", "scrub", "existing"],
      description: "verify the verifier: inject faults into throwaway copies and report which are caught",
    },
    rounds: {
      kind: "whole",
      most: 10_000,
      needs: "selfTest",
      default: DEFAULT_ROUNDS,
      description: "clean verifications of a self-test, which must raise no alarm",
    },
  },
  examples: [
    { command: "ops verify", what: "Restore to the newest checkpoint and compare everything." },
    {
      command: "ops verify --scrub 1/30",
      what: "The same, reading only new repository files and a thirtieth of the others.",
    },
    { command: 'ops verify --to "2026-11-22T04:00:00+08:00"', what: "An instant between two checkpoints." },
    {
      command: "ops verify --sample 20 --seed 7",
      what: "20 random instants, the same ones for the same repository.",
    },
    { command: "ops verify --self-test", what: "Inject every kind of fault and show what catches it." },
  ],
  report: true,
  async plan(context, { sample, to, timeline, scrub, selfTest, rounds }) {
    if (selfTest) return selfTestPlan(rounds);
    if (sample !== undefined) {
      const { instants } = await draw(context, sample, latestOf(context, to));
      return planSample(instants);
    }
    const goal = await findGoal(context, to, timeline);
    const days = scrub === undefined ? undefined : parsePeriod(scrub);
    return [
      `target: ${goal.text}, from ${goal.set.label}${timeline === undefined ? "" : `, along timeline ${timeline}`}`,
      days === undefined
        ? "let the engine check the whole repository; compare its files with the inventory"
        : `let the engine check what is new; read the rest of the repository again within ${days} days`,
      "check freshness and that WAL is complete",
      "restore into an isolated copy, prove that nothing gets out of it",
      goal.checkpoint
        ? `compare every table with checkpoint ${goal.checkpoint.name}`
        : "content: inconclusive, there is no checkpoint",
      "check pages, indexes and business invariants; remove the copy",
    ];
  },
  run: (context, { sample, to, timeline, timeout: timeoutSeconds, scrub, existing, selfTest, rounds }) => {
    const days = scrub === undefined ? undefined : parsePeriod(scrub);
    return withDrillLock(context, "verify", async () => {
      if (selfTest) return selfTestOutcome(context, rounds);
      if (existing !== undefined) await requirePriorBackup(context, existing);
      if (sample !== undefined)
        return verifySample(context, { count: sample, latest: latestOf(context, to), timeoutSeconds });
      const goal = await findGoal(context, to, timeline);
      if (goal.assumedZone)
        context.progress.say("info", `no zone given: read as Asia/Shanghai, ${goal.text}`);
      const inspection = await inspectRepository(context, days);
      const done = await testRestore(context, goal, {
        purpose: "verify",
        restoreChecks: RESTORE_CHECKS.filter(({ name }) => name !== ENGINE_CHECK),
        timeoutSeconds,
        samples: await samples(context),
      });
      return withInspection(outcomeOf(context, done), inspection);
    });
  },
});

function latestOf(context: Context, to: string | undefined): Date {
  const now = context.clock.now();
  return to === undefined ? now : parseInstant(to, now).at;
}

function planSample(instants: readonly Date[]): string[] {
  return [
    "list backups and WAL; find what of the promised window can be restored and compared",
    ...instants.map((at, index) => `instant ${index + 1}, drawn by the seed: ${showInstant(at)}`),
    "ask the repository once; restore, recover, compare and check each instant in a copy of its own",
    "go on after a failure; one verdict over all, and the bound that it gives",
  ];
}
