// `ops verify`: the nightly proof that the last backup restores, and that every row of it is what it was.

import { checkpoints } from "../backup/evidence";
import { ENGINE_CHECK, inspectRepository, withInspection } from "../backup/repository-inspection";
import { parsePeriod } from "../backup/scrub";
import type { Context } from "../context";
import { OpsError } from "../core/errors";
import { parseInstant, showInstant } from "../core/instant";
import { type Arguments, defineJob, flag, number, text } from "../core/job";
import { draw, verifySample } from "../coverage/sample-outcome";
import { withDrillLock } from "../restore/lock";
import { outcomeOf, samples } from "../restore/outcome";
import { requirePriorBackup } from "../restore/require-prior-backup";
import { RESTORE_CHECKS } from "../restore/restore-run";
import { resolveGoal } from "../restore/target";
import { testRestore } from "../restore/test-restore";
import { DEFAULT_ROUNDS, selfTestOutcome, selfTestPlan } from "../self-test/outcome";

export default defineJob({
  name: "verify",
  summary: "Restore last night's backup in isolation and prove that its content equals the source's",
  clauses: ["DR-BACKUP", "DR-RESTORE"],
  cadence: "daily",
  effect: "isolated",
  evidence: { kind: "restore-verification" },
  arguments: [
    {
      name: "sample",
      kind: "number",
      description: "exercise so many random instants of the restorable window; --seed repeats a choice",
    },
    {
      name: "to",
      kind: "string",
      description:
        "instant, checkpoint name or `latest`; without it the newest checkpoint; with --sample no later instant is drawn",
    },
    {
      name: "timeout",
      kind: "number",
      default: 14400,
      description: "limit of the restore and of recovery, seconds",
    },
    {
      name: "scrub",
      kind: "string",
      description:
        "read every file of the repository again within the period (1/30: within 30 days) instead of all of them now",
    },
    {
      name: "existing",
      kind: "string",
      description: "when the pipeline began: fail unless the repository was there before (nightly pipelines)",
    },
    {
      name: "self-test",
      kind: "boolean",
      description: "verify the verifier: plant faults in a source made for it, report which are caught",
    },
    {
      name: "rounds",
      kind: "number",
      default: DEFAULT_ROUNDS,
      description: "clean verifications of a self-test, in which nothing may be reported",
    },
  ],
  examples: [
    { command: "ops verify", what: "restore to the newest checkpoint and compare everything" },
    {
      command: "ops verify --scrub 1/30",
      what: "the same; of the repository only what is new and a thirtieth of the rest is read",
    },
    { command: 'ops verify --to "2026-11-22T04:00:00+08:00"', what: "an instant between two checkpoints" },
    {
      command: "ops verify --sample 20 --seed 7",
      what: "20 random instants, the same ones for the same repository",
    },
    { command: "ops verify --self-test", what: "plant every kind of fault and show what catches it" },
  ],
  async plan(context, args) {
    if (flag(args, "self-test")) return selfTestPlan(wholeNumber(args, "rounds", 0));
    const count = sampleSize(args);
    if (count !== undefined) {
      const { instants } = await draw(context, count, latestOf(context, text(args, "to")));
      return planSample(instants);
    }
    const goal = await goalOf(context, text(args, "to"));
    const days = periodOf(args);
    return [
      `target: ${goal.text}, from ${goal.set.label}`,
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
  run: (context, args) =>
    withDrillLock(context, "verify", async () => {
      if (flag(args, "self-test")) return selfTestOutcome(context, wholeNumber(args, "rounds", 0));
      const since = text(args, "existing");
      if (since !== undefined) await requirePriorBackup(context, since);
      const timeoutSeconds = number(args, "timeout", 14400);
      const count = sampleSize(args);
      if (count !== undefined)
        return verifySample(context, { count, latest: latestOf(context, text(args, "to")), timeoutSeconds });
      const days = periodOf(args);
      const goal = await goalOf(context, text(args, "to"));
      if (goal.assumedZone)
        context.progress.say("info", `no zone given: read as Asia/Shanghai, ${goal.text}`);
      const inspection = await inspectRepository(context, days);
      const done = await testRestore(context, goal, {
        purpose: "verify",
        restoreChecks: RESTORE_CHECKS.filter((restoreCheck) => restoreCheck.name !== ENGINE_CHECK),
        timeoutSeconds,
        samples: await samples(context),
      });
      return withInspection(outcomeOf(context, done), inspection);
    }),
});

/** @throws OpsError usage */
function wholeNumber(args: Arguments, name: string, least: number): number {
  const value = number(args, name, Number.NaN);
  if (Number.isInteger(value) && value >= least) return value;
  throw new OpsError("usage", `--${name}: ${String(args[name])}`, {
    expected: `a whole number from ${least} up`,
    todo: "59 clean instants or rounds bound failures at 5 % (95 % confidence)",
  });
}

function sampleSize(args: Arguments): number | undefined {
  return args.sample === undefined ? undefined : wholeNumber(args, "sample", 1);
}

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

function periodOf(args: Arguments): number | undefined {
  const share = text(args, "scrub");
  return share === undefined ? undefined : parsePeriod(share);
}

async function goalOf(context: Context, to: string | undefined) {
  const known = await checkpoints(context);
  return resolveGoal(
    to ?? known.at(-1)?.name ?? "latest",
    await context.backupRepository.list(),
    known,
    context.clock.now(),
  );
}
