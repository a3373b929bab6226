// `ops verify`: the nightly proof that the last backup restores, and that every row of it is what it was.
import { OpsError } from "../domain/errors";
import { parseInstant } from "../domain/instant";
import { type Arguments, defineJob, flag, number, text } from "../domain/job";
import { resolveGoal } from "../domain/target";
import type { Context } from "../ports";
import { exercise } from "../workflows/exercise";
import { outcomeOf, samples } from "../workflows/judge";
import { withDrillLock } from "../workflows/lock";
import { checkpoints } from "../workflows/record";
import { verifySample } from "../workflows/sample-outcome";
import { DEFAULT_ROUNDS, selfTestOutcome, selfTestPlan } from "../workflows/self-test/outcome";

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
    if (count !== undefined) return planSample(count);
    const goal = await goalOf(context, text(args, "to"));
    return [
      `target: ${goal.text}, from ${goal.set.label}`,
      "check freshness, the repository and that WAL is complete",
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
      const timeoutSeconds = number(args, "timeout", 14400);
      const count = sampleSize(args);
      if (count !== undefined)
        return verifySample(context, { count, latest: latestOf(context, text(args, "to")), timeoutSeconds });
      const goal = await goalOf(context, text(args, "to"));
      if (goal.assumedZone)
        context.progress.say("info", `no zone given: read as Asia/Shanghai, ${goal.text}`);
      const done = await exercise(context, goal, {
        purpose: "verify",
        timeoutSeconds,
        samples: await samples(context),
      });
      return outcomeOf(context, done);
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

function planSample(count: number): string[] {
  return [
    "list backups and WAL; find what of the promised window can be restored",
    `draw ${count} instants from it, uniformly, by the seed`,
    "ask the repository once; restore, recover, compare and check each instant in a copy of its own",
    "go on after a failure; one verdict over all, and the bound that it gives",
  ];
}

async function goalOf(context: Context, to: string | undefined) {
  const known = await checkpoints(context);
  return resolveGoal(
    to ?? known.at(-1)?.name ?? "latest",
    await context.backups.list(),
    known,
    context.clock.now(),
  );
}
