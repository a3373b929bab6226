// Checks that hold the repository against what the evidence says was put into it. An old copy of a repository is sound in
// itself; only a record kept elsewhere can tell that it is old.

import { backupEvidence, checkpointEvidence } from "../../backup/evidence";
import { fail, inconclusive, pass } from "../../core/finding";
import type { AnyRestoreCheck, RestoreCheck } from "../test-state";

/** Is the newest backup that was ever recorded still in the repository? Older ones may have been expired. */
const generation: RestoreCheck<"repository"> = {
  name: "generation",
  stage: "repository",
  async look({ context }) {
    const recorded = (await backupEvidence(context)).at(-1)?.facts.label;
    if (recorded === undefined) return inconclusive("no backup was ever recorded in evidence");
    const labels = (await context.backupRepository.list()).map((set) => set.label);
    return labels.includes(recorded)
      ? pass(`${recorded}, the last backup on record, is in the repository`)
      : fail(
          `${recorded}, the last backup on record, is not in the repository; its newest is ${labels.at(-1) ?? "none"}`,
        );
  },
};

/** What NTP keeps, with room for a slow answer. Recovery to an instant is wrong by as much as the source's clock is. Seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** The source said what time it was at the checkpoint; our machine knows when that was. */
const sourceClock: RestoreCheck<"repository"> = {
  name: "source-clock",
  stage: "repository",
  async look({ context, goal }) {
    if (!goal.checkpoint) return undefined;
    const { name, at } = goal.checkpoint;
    const taken = (await checkpointEvidence(context)).find(({ checkpoint }) => checkpoint.name === name);
    if (!taken) return inconclusive(`no evidence in which ${name} was taken`);
    const { started, finished } = taken.entry.predicate;
    const said = Date.parse(at);
    const ahead = (said - Date.parse(finished)) / 1000;
    const behind = (Date.parse(started) - said) / 1000;
    const off = Math.max(ahead, behind);
    if (off <= CLOCK_TOLERANCE_SECONDS)
      return pass(`the source's clock agreed with ours to ${CLOCK_TOLERANCE_SECONDS} s at ${name}`);
    return fail(
      `the source's clock said ${at} at ${name}, at least ${off.toFixed(0)} s ${ahead > behind ? "ahead of" : "behind"} ours (${started} … ${finished}); an instant restored is as wrong`,
    );
  },
};

export const EVIDENCE_CHECKS: readonly AnyRestoreCheck[] = [generation, sourceClock];
