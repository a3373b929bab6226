// What every job that restores leaves in its facts for later ones: times to learn from, and instants that were restored.
import * as v from "valibot";
import { type ClusterFacts, clusterFacts } from "../backup/memory";
import { overall } from "../core/evidence";
import { type Facts, INSTANT } from "../evidence/facts";
import { SAMPLE } from "./prediction";
import type { RestoreTest } from "./test-restore";

const RESTORED_INSTANT = v.object({
  /** The target, or for `latest` the last commit that was recovered. */
  at: INSTANT,
  verdict: v.picklist(["pass", "fail", "inconclusive"]),
  /** Drawn at random, so that it counts towards the bound. */
  drawn: v.boolean(),
});

export const RESTORE_FACTS = v.object({
  samples: v.array(SAMPLE),
  /** Absent in evidence of earlier versions. */
  exercised: v.optional(v.array(RESTORED_INSTANT), []),
});
export type RestoreFacts = Facts<typeof RESTORE_FACTS>;

export function restoreFacts(tests: readonly RestoreTest[]): RestoreFacts & ClusterFacts {
  return {
    ...clusterOf(tests),
    samples: tests.flatMap(({ sample }) => sample ?? []),
    exercised: tests.flatMap((test) => restoredInstantFact(test)),
  };
}

/** The cluster whose backups were restored, by the repository's word: one run restores one cluster's. */
export function clusterOf(tests: readonly Pick<RestoreTest, "goal">[]): ClusterFacts {
  return clusterFacts(tests.map(({ goal }) => goal.set.systemIdentifier).find((id) => id !== undefined));
}

/** Nothing when the copy never got as far as an instant that could be named. */
export function restoredInstantFact(done: RestoreTest, drawn = false): RestoreFacts["exercised"] {
  const { target } = done.goal;
  const at = target.kind === "latest" ? done.lastCommit : target.at.toISOString();
  return at === null ? [] : [{ at, verdict: overall(done.checks), drawn }];
}
