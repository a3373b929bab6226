// `ops verify`: the nightly proof that the last backup restores, and that every row of it is what it was.
import { defineJob, flag, number, text } from "../domain/job";
import { resolveGoal } from "../domain/target";
import type { Context } from "../ports";
import { exercise } from "../workflows/exercise";
import { outcomeOf, samples } from "../workflows/judge";
import { withDrillLock } from "../workflows/lock";
import { checkpoints } from "../workflows/record";
import { DEFAULT_ROUNDS, selfTestOutcome, selfTestPlan } from "../workflows/self-test/outcome";

export default defineJob({
  name: "verify",
  summary: "Restore last night's backup in isolation and prove that its content equals the source's",
  clauses: ["DR-BACKUP", "DR-RESTORE", "SEC-CONFIG"],
  cadence: "daily",
  effect: "isolated",
  evidence: { kind: "restore-verification" },
  arguments: [
    {
      name: "to",
      kind: "string",
      description: "instant, checkpoint name or `latest`; without it the newest checkpoint",
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
    { command: "ops verify --self-test", what: "plant every kind of fault and show what catches it" },
  ],
  async plan(context, args) {
    if (flag(args, "self-test")) return selfTestPlan(number(args, "rounds", DEFAULT_ROUNDS));
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
      if (flag(args, "self-test")) return selfTestOutcome(context, number(args, "rounds", DEFAULT_ROUNDS));
      const goal = await goalOf(context, text(args, "to"));
      if (goal.assumedZone)
        context.progress.say("info", `no zone given: read as Asia/Shanghai, ${goal.text}`);
      const done = await exercise(context, goal, {
        purpose: "verify",
        timeoutSeconds: number(args, "timeout", 14400),
        samples: await samples(context),
      });
      return outcomeOf(context, done);
    }),
});

async function goalOf(context: Context, to: string | undefined) {
  const known = await checkpoints(context);
  return resolveGoal(
    to ?? known.at(-1)?.name ?? "latest",
    await context.backups.list(),
    known,
    context.clock.now(),
  );
}
