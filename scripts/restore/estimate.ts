// What a restore will have to move and replay, from the listing alone or, once it was done, from where it arrived.

import { loadCheckpoint } from "../backup/backup";
import type { BackupSet } from "../backup/backup-set";
import { switchesOf, timelineOf } from "../backup/timelines";
import { contiguity, lastSegment, segmentOf, WAL_SEGMENT_BYTES, type WalSegment } from "../backup/wal";
import type { Core } from "../core/tools";
import { findGoal, type LineageTools } from "./lineage";
import type { RestoreEstimate, Sample } from "./prediction";
import { type Prediction, predict } from "./prediction";
import type { Goal } from "./target";
import type { AtRepository, AtTarget } from "./test-state";

/** With `position`, where recovery really ended. */
type Known = Pick<AtRepository, "goal" | "set" | "segments" | "switches" | "checkpoint"> &
  Partial<Pick<AtTarget, "position" | "follow">>;

/** @param durable the copy is flushed to disk because it will be used */
export function estimateOf(known: Known, durable: boolean): RestoreEstimate {
  const { set, segments, switches, checkpoint } = known;
  const bytes = checkpoint?.segmentBytes ?? WAL_SEGMENT_BYTES;
  const kind = `${kindOf(known)}${durable ? "+durable" : ""}`;
  try {
    const { needed } = contiguity(segments, set.startSegment, lastNeeded(known), switches, bytes);
    return { databaseBytes: set.databaseBytes, walBytes: needed * bytes, kind };
  } catch {
    return { databaseBytes: set.databaseBytes, walBytes: bytes, kind };
  }
}

/** A stop at a checkpoint on the way to another target costs a start of the server. */
function kindOf({ goal, checkpoint }: Known): string {
  const { target } = goal;
  if (target.kind === "restore-point") return target.kind;
  const same = target.kind === "time" && checkpoint !== undefined && +target.at === Date.parse(checkpoint.at);
  return checkpoint && !same ? `${target.kind}+checkpoint` : target.kind;
}

/** The segment that holds the target; for an instant the first that was stored at or after it. */
function lastNeeded({ goal, set, segments, checkpoint, position, follow }: Known): string {
  const { target } = goal;
  if (position) return segmentOf(position.lsn, position.timeline, checkpoint?.segmentBytes);
  if (target.kind === "restore-point" && checkpoint) return checkpoint.segment;
  const timeline = follow?.timeline ?? timelineOf(set.stopSegment);
  const stored = target.kind === "latest" ? undefined : storedAfter(segments, set, target.at);
  return stored ?? lastSegment(segments, timeline) ?? set.stopSegment;
}

function storedAfter(segments: readonly WalSegment[], set: BackupSet, at: Date): string | undefined {
  return segments.find(({ name, archivedAt }) => name >= set.stopSegment && archivedAt && archivedAt >= at)
    ?.name;
}

const followed = ({ follow }: Goal): Pick<Partial<AtTarget>, "follow"> => (follow ? { follow } : {});

/** Predictions for several targets at once, before anything is restored. */
export async function forecast(
  context: LineageTools & Pick<Core, "clock">,
  targets: Readonly<Record<string, string>>,
  samples: readonly Sample[],
): Promise<Record<string, Prediction>> {
  const predictions: Record<string, Prediction> = {};
  for (const [name, text] of Object.entries(targets)) {
    const goal = await findGoal(context, text);
    const { archiveId } = goal.set;
    const checkpoint = goal.checkpoint && (await loadCheckpoint(context, goal.checkpoint));
    const segments = await context.walArchive.segments(archiveId);
    const switches = await switchesOf(context, archiveId);
    predictions[name] = predict(
      estimateOf({ goal, set: goal.set, segments, switches, checkpoint, ...followed(goal) }, false),
      samples,
    );
  }
  return predictions;
}
