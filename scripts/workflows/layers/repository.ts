// Layers that look at the repository before anything is restored.

import { contiguity, lastSegment, newestTimeline, segmentOf } from "../../domain/wal";
import { backupEvidence } from "../record";
import { type Finding, fail, inconclusive, judge, type Layer, pass, type Scene } from "../scene";

const HOUR = 3_600_000;

/** Is the newest backup young enough for the schedule that was promised? */
const freshness: Layer = {
  name: "freshness",
  stage: "repository",
  async look({ context }) {
    const newest = (await context.backups.list()).at(-1);
    const { maxAgeHours, from, to, timeZone } = context.platform.schedule;
    if (!newest) return fail("the repository holds no backup");
    const hours = (context.clock.now().getTime() - newest.finished.getTime()) / HOUR;
    const text = `newest backup ${newest.label} ended ${hours.toFixed(1)} h ago; schedule ${from}–${to} ${timeZone}, at most ${maxAgeHours} h`;
    return hours <= maxAgeHours && hours >= -1 ? pass(text) : fail(text);
  },
};

/** Did the backup itself end without page errors and without warnings? The engine exits 0 in both cases. */
const backupClean: Layer = {
  name: "backup-clean",
  stage: "repository",
  async look({ context, set, goal }) {
    const chain = new Set([set.label, ...set.references]);
    const bad = (await context.backups.list()).filter((entry) => chain.has(entry.label) && entry.error);
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
const repositoryIntegrity: Layer = {
  name: "repository-integrity",
  stage: "repository",
  needs: "repository-verify",
  async look({ context }) {
    const result = await context.backups.verifyRepository(context.signal);
    return result.ok ? pass(result.detail) : judge(result.problems, "");
  },
};

/** Our own proof that WAL from the backup to the checkpoint (or, without one, to the newest segment) is complete. */
const walContiguity: Layer = {
  name: "wal-contiguity",
  stage: "repository",
  needs: "wal-listing",
  async look(scene) {
    const { set, checkpoint, segments, goal } = scene;
    if (checkpoint && goal.target.kind !== "latest") return walFinding(scene, checkpoint.segment);
    const timeline = newestTimeline(set.stopSegment, scene.switches);
    return walFinding(scene, lastSegment(segments, timeline) ?? set.stopSegment);
  },
};

/** After recovery past a checkpoint: nothing up to the point that was reached may be missing or doubtful either. */
const walToTarget: Layer = {
  name: "wal-to-target",
  stage: "at-target",
  needs: "wal-listing",
  async look(scene) {
    if (!scene.atTarget || scene.goal.target.kind !== "time") return undefined;
    const { lsn, timeline } = scene.atTarget;
    return walFinding(scene, segmentOf(lsn, timeline, scene.checkpoint?.segmentBytes));
  },
};

function walFinding(scene: Scene, to: string): Finding {
  const from = scene.set.startSegment;
  try {
    const range = contiguity(scene.segments, from, to, scene.switches, scene.checkpoint?.segmentBytes);
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

export const REPOSITORY_LAYERS: readonly Layer[] = [
  freshness,
  backupClean,
  repositoryIntegrity,
  walContiguity,
  walToTarget,
];
