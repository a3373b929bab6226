// Checks that hold the repository against what the evidence says was put into it. An old copy of a repository is sound in
// itself; only a record kept elsewhere can tell that it is old.

import { BACKUP_FACTS, checkpointEvidence } from "../../backup/evidence";
import { remembered, sourceIdentifier } from "../../backup/memory";
import { fail, inconclusive, pass } from "../../core/finding";
import { factsIn } from "../../evidence/facts";
import type { AnyRestoreCheck, RestoreCheck } from "../test-state";

/** Is the newest backup that was ever recorded still in the repository? Older ones may have been expired. */
const generation: RestoreCheck<"repository"> = {
  name: "generation",
  stage: "repository",
  async look({ context }) {
    const sets = await context.backupRepository.list();
    const newest = sets.at(-1);
    const [source, held] = [await sourceIdentifier(context), newest?.systemIdentifier];
    // Whoever exchanges the repository must not be able to say that it is a new one: the source says which cluster is meant.
    if (source !== undefined && held !== undefined && source !== held)
      return fail(
        `the newest backup, ${newest?.label}, is of cluster ${held}; the source is cluster ${source}`,
      );
    const { entries, strange } = await remembered(context, ["backup"]);
    const aside = strange === undefined ? "" : `; ${strange}`;
    const recorded = entries.flatMap((entry) => factsIn(entry, BACKUP_FACTS)?.label ?? []).at(-1);
    if (recorded === undefined)
      return inconclusive(`no backup of this cluster was ever recorded in evidence${aside}`);
    return sets.some(({ label }) => label === recorded)
      ? pass(`${recorded}, the last backup on record, is in the repository${aside}`)
      : fail(
          `${recorded}, the last backup on record, is not in the repository; its newest is ${newest?.label ?? "none"}${aside}`,
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
