// Copies of the platform as it was at an instant, each recovered and proven to be there, with something to be done while it runs.
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { pass } from "../../core/finding";
import type { Database } from "../../postgres/port";
import { RECOVERY_CHECKS } from "../../restore/checks/recovery";
import { REPOSITORY_CHECKS } from "../../restore/checks/repository";
import { findGoal } from "../../restore/lineage";
import type { Goal } from "../../restore/target";
import { testRestore } from "../../restore/test-restore";
import type { RestoreCheck } from "../../restore/test-state";
import type { RepairTools } from "../port";

/** A moment to which a copy can be recovered. */
export interface Instant {
  goal: Goal;
  at: Date;
}

/** @param text instant, or a checkpoint's name. @throws OpsError usage for `latest`; unknownTarget, instant */
export async function findInstant(context: RepairTools, text: string): Promise<Instant> {
  const goal = await findGoal(context, text);
  const { target } = goal;
  if (target.kind === "latest")
    throw new OpsError("usage", "latest is no moment of the past", {
      expected: "an instant, or a checkpoint's name; what is there now is `--against now`",
    });
  // Its content was compared when it was taken, and here nothing is asked of it.
  return { goal: { ...goal, checkpoint: undefined, set: goal.newest }, at: target.at };
}

/** Checks of the repository that ask whether backups are fresh say nothing of an instant of the past. */
const CHECKS = [...REPOSITORY_CHECKS.filter(({ name }) => name !== "freshness"), ...RECOVERY_CHECKS];

/**
 * @param body given the copy, which runs
 * @returns what it returned, with what was checked of the copy
 * @throws OpsError space, fail … where there is no such copy; whatever the body throws
 */
export async function atInstant<T>(
  context: RepairTools,
  { goal }: Instant,
  body: (copy: Database) => Promise<T>,
): Promise<{ done: T; checks: Check[] }> {
  let result: { done: T } | { error: unknown } | undefined;
  const look: RestoreCheck<"at-target"> = {
    name: "copy-read",
    stage: "at-target",
    async look({ server }) {
      result = await body(server.database).then(
        (done) => ({ done }),
        (error: unknown) => ({ error }),
      );
      return "done" in result ? pass(`read at ${goal.text}, from ${goal.set.label}`) : undefined;
    },
  };
  const restored = await testRestore(context, goal, {
    purpose: "data",
    restoreChecks: [...CHECKS, look],
  });
  if (result && "error" in result) throw result.error;
  if (result) return { done: result.done, checks: restored.checks };
  const wrong = restored.checks.find(({ verdict }) => verdict === "fail" || verdict === "inconclusive");
  throw (
    restored.failure ??
    new OpsError("fail", `there is no copy of ${goal.text}: ${wrong?.detail ?? "it was not reached"}`)
  );
}
