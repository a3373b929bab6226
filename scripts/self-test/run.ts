// The verifier's own test: clean rounds in which nothing may be reported, then one verification for each injected fault.
// It calls the same restore test as `verify`; only what that is given differs.

import { backUp } from "../backup/backup";
import { OpsError } from "../core/errors";
import { type Check, overall } from "../core/evidence";
import { silent } from "../core/progress";
import type { Core } from "../core/tools";
import { findGoal } from "../restore/lineage";
import { RESTORE_CHECKS } from "../restore/restore-run";
import { testRestore } from "../restore/test-restore";
import type { AnyRestoreCheck } from "../restore/test-state";
import { BACKUP_FAULTS } from "./backup-files";
import { type Bench, backUpOnceMore, openBench, type SelfTestJob, type SourceTools } from "./bench";
import { OBJECT_FAULTS, ROW_FAULTS } from "./content";
import type { Fault, Trial } from "./fault";
import { type CleanRound, type Failure, type FaultResult, judgeFault, type SelfTest } from "./self-test";
import { SOURCE_FAULTS } from "./source";
import { TARGET_FAULTS } from "./targets";
import { WAL_FAULTS } from "./wal";

export const FAMILIES: readonly { name: string; faults: readonly Fault[] }[] = [
  { name: "backup files", faults: BACKUP_FAULTS },
  { name: "WAL", faults: WAL_FAULTS },
  { name: "targets and clocks", faults: TARGET_FAULTS },
  { name: "rows", faults: ROW_FAULTS },
  { name: "objects", faults: OBJECT_FAULTS },
  { name: "source", faults: SOURCE_FAULTS },
];

export interface Conditions {
  /** Default: all that `verify` uses. */
  restoreChecks?: readonly AnyRestoreCheck[];
  /** Only faults for which this holds. Default: all. */
  only?: (fault: Fault) => boolean;
}

/** After so many clean rounds the source is backed up once more, so that not the same content is verified for ever. */
const ROUNDS_PER_BACKUP = 50;

/** @throws OpsError when the throwaway cluster itself cannot be made; a fault that cannot be injected is a result */
export async function selfTest(context: SelfTestJob, rounds: number): Promise<SelfTest> {
  const bench = await context.progress.phase("make a source, back it up twice", () => openBench(context));
  return { rounds: await cleanRounds(context, bench, rounds), faults: await injectFaults(context, bench) };
}

export async function injectFaults(
  context: Pick<Core, "progress" | "signal">,
  bench: Bench,
  { restoreChecks = RESTORE_CHECKS, only = () => true }: Conditions = {},
): Promise<FaultResult[]> {
  const results: FaultResult[] = [];
  for (const { name, faults } of FAMILIES) {
    const chosen = faults.filter(only);
    if (chosen.length === 0) continue;
    await context.progress.phase(`faults: ${name}`, async (progress) => {
      for (const [index, fault] of chosen.entries()) {
        results.push(await injectAndVerify(context, bench, name, fault, restoreChecks));
        progress.update(index + 1, chosen.length, "faults");
      }
    });
  }
  return results;
}

async function cleanRounds(
  context: Pick<Core, "progress" | "signal">,
  bench: Bench,
  count: number,
): Promise<CleanRound[]> {
  if (count === 0) return [];
  return context.progress.phase("clean rounds", async (progress) => {
    const rounds: CleanRound[] = [];
    while (rounds.length < count) {
      if (rounds.length > 0 && rounds.length % ROUNDS_PER_BACKUP === 0)
        Object.assign(bench, await backUpOnceMore(bench));
      const targets = [
        bench.newest.checkpoint.name,
        bench.later.instants[1].toISOString(),
        "latest",
        bench.first.checkpoint.name,
      ];
      const to = targets[rounds.length % targets.length]!;
      const seen = await verifyOnce(bench, { to }, RESTORE_CHECKS);
      const alarms = seen.checks
        .filter((check) => check.verdict === "fail" || check.verdict === "inconclusive")
        .map((check) => `${check.name}: ${check.detail}`);
      rounds.push({ to, verdict: overall(seen.checks), alarms, seconds: seen.seconds });
      for (const alarm of alarms)
        context.progress.say("warn", `clean round ${rounds.length} (${to}): ${alarm}`);
      progress.update(rounds.length, count, "rounds");
    }
    return rounds;
  });
}

async function injectAndVerify(
  context: Pick<Core, "progress" | "signal">,
  bench: Bench,
  family: string,
  fault: Fault,
  restoreChecks: readonly AnyRestoreCheck[],
): Promise<FaultResult> {
  let trial: Trial;
  try {
    trial = await fault.inject(bench);
  } catch (error) {
    if (context.signal.aborted || !(error instanceof OpsError)) throw error;
    const { kind, simulates, expected } = fault;
    return {
      kind,
      family,
      simulates,
      expected,
      outcome: "not injected",
      failures: [],
      reason: error.message,
    };
  }
  const { failures } = await verifyOnce(bench, trial, restoreChecks);
  const result = judgeFault({ ...fault, family }, failures);
  const by = failures.find((failure) => failure.name === fault.expected);
  context.progress.say(
    result.outcome === "caught" ? "info" : "error",
    `${fault.kind}: ${by ? `${by.name}: ${by.detail}` : `not caught by ${fault.expected}`}`,
  );
  return result;
}

/** One verification (or backup) under the conditions of a trial, and how long every failure took to be seen. */
export async function verifyOnce(
  bench: Bench,
  trial: Trial,
  restoreChecks: readonly AnyRestoreCheck[],
): Promise<{ checks: Check[]; failures: Failure[]; seconds: number }> {
  const { clock } = bench.context;
  const since = clock.seconds();
  const checks: Check[] = [];
  const failures: Failure[] = [];
  const saw = (name: string, detail: string): unknown =>
    failures.push({ name, detail, after: clock.seconds() - since });
  const progress = silent((check) => {
    const undecided = check.verdict === "inconclusive" && check.name === trial.undecided;
    if (check.verdict === "fail" || undecided) saw(check.name, check.detail);
  });
  const context: SourceTools = { ...bench.context, ...trial.over, progress };
  try {
    if (trial.backup) checks.push(...(await backUp(context, "full")).outcome.checks);
    else checks.push(...(await verify(context, trial, restoreChecks)));
  } catch (error) {
    if (context.signal.aborted || !(error instanceof OpsError)) throw error;
    saw(`refused: ${error.exit}`, error.message);
    checks.push({ name: "refused", verdict: "fail", detail: error.message });
  }
  return { checks, failures, seconds: clock.seconds() - since };
}

async function verify(
  context: SourceTools,
  trial: Trial,
  restoreChecks: readonly AnyRestoreCheck[],
): Promise<Check[]> {
  const goal = await findGoal(context, trial.to);
  const { onStop } = trial;
  const done = await testRestore(context, goal, {
    purpose: "self-test",
    restoreChecks,
    ...(onStop ? { onStop } : {}),
  });
  return done.checks;
}
