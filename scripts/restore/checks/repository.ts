// Checks that look at the repository before anything is restored.

import { backupEvidence } from "../../backup/evidence";
import { lasting } from "../../backup/lasting";
import { contiguity, lastSegment, segmentOf, type WalSegment } from "../../backup/wal";
import type { Finding } from "../../core/evidence";
import { fail, inconclusive, judge, pass } from "../../core/finding";
import { timelineTo } from "../recovery";
import type { AnyRestoreCheck, AtRepository, RestoreCheck } from "../test-state";

const HOUR = 3_600_000;

/** Is the newest backup young enough for the schedule that was promised? */
const freshness: RestoreCheck<"repository"> = {
  name: "freshness",
  stage: "repository",
  async look({ context }) {
    const newest = (await context.backupRepository.list()).at(-1);
    const { maxAgeHours, from, to, timeZone } = context.platform.schedule;
    if (!newest) return fail("the repository holds no backup");
    const hours = (context.clock.now().getTime() - newest.finished.getTime()) / HOUR;
    const text = `newest backup ${newest.label} ended ${hours.toFixed(1)} h ago; schedule ${from}–${to} ${timeZone}, at most ${maxAgeHours} h`;
    return hours <= maxAgeHours && hours >= -1 ? pass(text) : fail(text);
  },
};

/** Did the backup itself end without page errors and without warnings? The engine exits 0 in both cases. */
const backupClean: RestoreCheck<"repository"> = {
  name: "backup-clean",
  stage: "repository",
  async look({ context, set, goal }) {
    const chain = new Set([set.label, ...set.references]);
    const bad = (await context.backupRepository.list()).filter(
      (entry) => chain.has(entry.label) && entry.error,
    );
    const evidence = (await backupEvidence(context)).filter(({ facts }) => chain.has(facts.label));
    const warned = evidence.flatMap(({ facts }) =>
      facts.warnings.map((warning) => `${facts.label}: ${warning}`),
    );
    const problems = [...bad.map((entry) => `${entry.label} holds pages with a wrong checksum`), ...warned];
    if (problems.length === 0 && goal.checkpoint && evidence.length === 0) {
      return inconclusive(`no evidence of how ${set.label} was taken`);
    }
    return judge(problems, `${[...chain].join(", ")}: no page error, no warning`);
  },
};

/** The engine reads and checks every file and WAL segment; its text is believed, its exit code is not. */
const repositoryIntegrity: RestoreCheck<"repository"> = {
  name: "repository-integrity",
  stage: "repository",
  needs: "repository-verify",
  look: ({ context }) =>
    lasting(context, async () => {
      const result = await context.backupRepository.verify(context.signal);
      return result.ok ? pass(result.detail) : judge(result.problems, "");
    }),
};

/** Are both copies of each index and manifest readable and equal? The engine uses either and does not mention the other. */
const metadataCopies: RestoreCheck<"repository"> = {
  name: "metadata-copies",
  stage: "repository",
  needs: "repository-metadata",
  look: ({ context, set }) =>
    lasting(context, async () => {
      const stored = await context.backupRepository.metadataCopies(set);
      const problems = stored.flatMap(({ name, copies }) => {
        const unreadable = copies.flatMap((copy) =>
          "problem" in copy ? `${copy.file}: ${copy.problem}` : [],
        );
        const digests = new Set(copies.flatMap((copy) => ("sha256" in copy ? copy.sha256 : [])));
        return digests.size > 1 ? [...unreadable, `${name} and its copy differ`] : unreadable;
      });
      return judge(
        problems,
        `${stored.length} indexes and manifests can be read twice, with the same content`,
      );
    }),
};

/**
 * Our own proof that WAL is complete from the backup to the checkpoint, and on to the newest segment of that timeline:
 * a gap behind the checkpoint ends what can be restored just as well.
 */
const walContiguity: RestoreCheck<"repository"> = {
  name: "wal-contiguity",
  stage: "repository",
  needs: "wal-listing",
  look: (state) =>
    lasting(state.context, async (again) => {
      const { context, set, checkpoint, goal, segments: listed } = state;
      const segments = again ? await context.walArchive.segments(set.archiveId) : listed;
      const timeline = timelineTo(goal.target, state);
      const known = checkpoint?.segment ?? set.stopSegment;
      const newest = lastSegment(segments, timeline) ?? known;
      return walFinding(state, segments, newest.slice(8) > known.slice(8) ? newest : known);
    }),
};

/** After recovery past a checkpoint: all WAL up to the point that was reached must still be there for the next restore. */
const walToTarget: RestoreCheck<"at-target"> = {
  name: "wal-to-target",
  stage: "at-target",
  needs: "wal-listing",
  async look(state) {
    if (state.goal.target.kind !== "time") return undefined;
    const { lsn, timeline } = state.position;
    const segments = await state.context.walArchive.segments(state.set.archiveId);
    return walFinding(state, segments, segmentOf(lsn, timeline, state.checkpoint?.segmentBytes));
  },
};

function walFinding(state: AtRepository, segments: readonly WalSegment[], to: string): Finding {
  const from = state.set.startSegment;
  try {
    const range = contiguity(segments, from, to, state.switches, state.checkpoint?.segmentBytes);
    const missing = range.missing.map((name) => `${name} is missing`);
    const doubtful = range.duplicate.map((name) => `${name} is stored more than once with different content`);
    return judge(
      [...missing, ...doubtful],
      `all ${range.needed} segments from ${from} to ${to} are there, once`,
    );
  } catch (error) {
    return fail(error instanceof RangeError ? error.message : String(error));
  }
}

export const REPOSITORY_CHECKS: readonly AnyRestoreCheck[] = [
  freshness,
  backupClean,
  repositoryIntegrity,
  metadataCopies,
  walContiguity,
  walToTarget,
];
