// Which archived WAL a copy needs that cannot fetch it itself, and where that ends. Pure; fetches nothing.

import type { RecoveryTarget } from "../postgres/recovery-target";
import type { BackupSet } from "./backup-set";
import { lastSegment, neededSegments, type Switches, WAL_SEGMENT_BYTES, type WalSegment } from "./wal";

export interface WalPlan {
  /** Archived segments in the order of replay, each once. */
  segments: readonly WalSegment[];
  /** So many of them, from the first, are needed for certain. */
  certain: number;
  /** After those, fetching ends with a segment that holds a commit later than this. Undefined = it does not end early. */
  until: Date | undefined;
  /** Timelines whose history files recovery may ask for. */
  histories: readonly number[];
  /** Where it ends and why, for people. */
  bound: string;
}

/** What is fetched at once beyond what is needed for certain; so much may be fetched in vain. */
export const STEP_SEGMENTS = 8;

/**
 * A restore point ends in a segment that is known. Everything replayed is limited by what is archived now. An instant lies
 * in between: recovery needs the first commit later than it to know that it has arrived, and only reading WAL shows where
 * that is, because the times at which segments were stored prove nothing about their content.
 * @throws RangeError when the target's timeline does not descend from the backup's
 */
export function planWal(request: {
  set: Pick<BackupSet, "startSegment" | "stopSegment">;
  target: RecoveryTarget;
  /** Compared on the way; its segment is needed whatever the target is. */
  checkpoint: { segment: string; segmentBytes: number } | undefined;
  segments: readonly WalSegment[];
  switches: Switches;
  /** The timeline that recovery follows. */
  timeline: number;
}): WalPlan {
  const { set, target, checkpoint, segments, switches, timeline } = request;
  const names = (to: string): string[] =>
    neededSegments(set.startSegment, to, switches, checkpoint?.segmentBytes);
  const onTheWay = new Set([...names(set.stopSegment), ...(checkpoint ? names(checkpoint.segment) : [])]);
  const last = lastSegment(segments, timeline) ?? set.stopSegment;
  const exact = target.kind === "restore-point" && checkpoint !== undefined;
  const wanted = new Set([...onTheWay, ...(exact ? [] : names(last))]);
  const archived = new Map(segments.map((segment) => [segment.name, segment]));
  const present = [...wanted].flatMap((name) => archived.get(name) ?? []);
  const certain = present.filter(({ name }) => onTheWay.has(name)).length;
  const histories = [...switches.keys()].sort((a, b) => a - b);
  const common = { segments: present, histories };
  if (exact) {
    const bound = `the restore point lies in ${checkpoint.segment}`;
    return { ...common, certain: present.length, until: undefined, bound };
  }
  if (target.kind === "time") {
    const bound = `up to the first commit later than the target, at most to ${last}, the last archived`;
    return { ...common, certain, until: target.at, bound };
  }
  return {
    ...common,
    certain: present.length,
    until: undefined,
    bound: `up to ${last}, the last archived when the restore began`,
  };
}

/**
 * Space that the fetched segments will take, bytes. For an instant it goes by the times at which segments were stored: good
 * enough to refuse a disk that is much too small, and no more than that.
 */
export function walSpace(plan: WalPlan, segmentBytes = WAL_SEGMENT_BYTES): number {
  const { segments, certain, until } = plan;
  if (until === undefined) return segments.length * segmentBytes;
  const later = segments.findIndex(
    ({ archivedAt }, index) => index >= certain && archivedAt !== undefined && archivedAt > until,
  );
  const expected = later === -1 ? segments.length : later + 1 + STEP_SEGMENTS;
  return Math.min(segments.length, expected) * segmentBytes;
}
