// Exercises random instants of the restorable window, each as fully as a single verification. One that fails does not
// stop the rest. What only the repository can answer is asked once for all of them.

import type { BackupSet } from "../backup/backup-set";
import { OpsError } from "../core/errors";
import { type Check, overall, type Verdict } from "../core/evidence";
import { showInstant } from "../core/instant";
import { type Interval, instantAt } from "../core/intervals";
import { RESTORE_CHECKS, type RestoreTestOptions } from "../restore/restore-run";
import { type Goal, resolveGoal } from "../restore/target";
import { type RestoreTest, testRestore } from "../restore/test-restore";
import type { AnyRestoreCheck, RestoreCheck } from "../restore/test-state";
import type { RestoreTools } from "../restore/tools";
import { isClean } from "./coverage";
import type { Surveyed } from "./survey";

export interface Drawn {
  at: Date;
  goal: Goal | undefined;
  /** Undefined when it was refused before anything was restored. */
  testRestore: RestoreTest | undefined;
  checks: readonly Check[];
  verdict: Verdict;
  seconds: number;
}

/** Independent and uniform over everything restorable: what the bound on the share of failures takes for granted. */
export function drawInstants(restorable: readonly Interval[], count: number, random: () => number): Date[] {
  return Array.from({ length: count }, () => instantAt(restorable, random()))
    .filter((moment) => moment !== undefined)
    .map((moment) => new Date(moment));
}

/** Same repository, whatever the instant: its answer is asked for once in a run and told every time. */
const ONCE: ReadonlySet<string> = new Set(["freshness", "repository-integrity"]);
/** WAL at large: its gaps are what coverage drew around. What an instant needs itself is asked by `wal-to-target`. */
const ELSEWHERE = "wal-contiguity";

function sharing(all: readonly AnyRestoreCheck[]): AnyRestoreCheck[] {
  return all
    .filter(({ name }) => name !== ELSEWHERE)
    .map((check) => {
      if (check.stage !== "repository" || !ONCE.has(check.name)) return check;
      let answer: ReturnType<typeof check.look> | undefined;
      const shared: RestoreCheck<"repository"> = {
        ...check,
        look(state) {
          answer ??= check.look(state);
          return answer;
        },
      };
      return shared;
    });
}

/** Along the timeline that coverage followed when the instant was drawn. @throws OpsError as `resolveGoal` */
export function goalOf(
  at: Date,
  { sets, archives, points }: Pick<Surveyed, "archives" | "points"> & { sets: readonly BackupSet[] },
  now: Date,
): Goal {
  const goal = resolveGoal(at.toISOString(), sets, points, now);
  const followed = archives.find(({ set }) => set.archiveId === goal.set.archiveId);
  return followed ? { ...goal, follow: followed.follow } : goal;
}

export async function testAll(
  context: RestoreTools,
  instants: readonly Date[],
  { facts, archives, points }: Pick<Surveyed, "facts" | "archives" | "points">,
  options: Omit<RestoreTestOptions, "purpose" | "restoreChecks">,
): Promise<Drawn[]> {
  const restoreChecks = sharing(RESTORE_CHECKS);
  const sets = facts.sets.filter((set) => isClean(set, facts));
  const drawn: Drawn[] = [];
  for (const [index, at] of instants.entries()) {
    const since = context.clock.seconds();
    let goal: Goal | undefined;
    let done: RestoreTest | undefined;
    let checks: readonly Check[];
    const learned = [...(options.samples ?? []), ...drawn.flatMap((one) => one.testRestore?.sample ?? [])];
    try {
      const to = goalOf(at, { sets, archives, points }, context.clock.now());
      goal = to;
      done = await context.progress.phase(`instant ${index + 1} of ${instants.length}`, () =>
        testRestore(context, to, { ...options, samples: learned, purpose: "verify", restoreChecks }),
      );
      checks = done.checks;
    } catch (error) {
      if (context.signal.aborted || !(error instanceof OpsError)) throw error;
      checks = [{ name: "exercise", verdict: "fail", detail: error.message }];
    }
    const verdict = overall(checks);
    drawn.push({ at, goal, testRestore: done, checks, verdict, seconds: context.clock.seconds() - since });
    context.progress.say(verdict === "pass" ? "info" : "warn", `${showInstant(at)}: ${verdict}`);
  }
  return drawn;
}
