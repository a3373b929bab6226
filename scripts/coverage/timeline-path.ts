// How far the WAL of an archive carries: the timelines that recovery passes on its way to the one it follows, and the unbroken runs
// of segments on them. Knows segments by name and number; instants are somebody else's business, for a listing does not hold them.
import type { BackupSet } from "../backup/backup-set";
import { parseSegment, segmentName, type WalSegment } from "../backup/wal";
import { lsnValue } from "../postgres/recovery-target";

/** Everything that belongs to one `archiveId`. */
export interface Archive {
  id: string;
  segments: readonly WalSegment[];
  /** Timeline → where it left its parent. */
  switches: ReadonlyMap<number, { parent: number; lsn: string }>;
  /** The cluster's wal_segment_size. */
  segmentBytes: number;
}

/** Segments on the path, each stored exactly once, with none missing in between. */
export interface Run {
  archiveId: string;
  /** Segment numbers, inclusive. */
  first: bigint;
  last: bigint;
  /** In order. */
  segments: readonly WalSegment[];
}

/** A change of timeline on the path. */
export interface Switch {
  archiveId: string;
  parent: number;
  child: number;
  lsn: string;
  /** Names of the segment that holds `lsn`, on the child, and of the one before it. */
  segment: string;
  before: string;
}

export interface TimelinePath {
  archive: Archive;
  runs: readonly Run[];
  switches: readonly Switch[];
  nameOf(number: bigint): string;
}

/**
 * What was written to a timeline after that was left is not on the path, and neither is any timeline that the one followed has
 * not in its past, whatever its number: copies that were promoted leave such timelines in the archive.
 * A segment that is stored twice with different content counts as missing: which one is replayed is a matter of luck.
 */
export function route(archive: Archive, followed: number): TimelinePath {
  const { id, segmentBytes } = archive;
  const steps = path(archive, followed);
  const root = steps[0]?.parent ?? followed;
  const nameOf = (number: bigint): string =>
    segmentName(steps.findLast(({ begins }) => number >= begins)?.child ?? root, number, segmentBytes);
  const switches = steps.map(({ parent, child, lsn, begins }) => {
    const before = begins > 0n ? nameOf(begins - 1n) : nameOf(begins);
    return { archiveId: id, parent, child, lsn, segment: nameOf(begins), before };
  });
  return { archive, runs: runsOf(archive, nameOf), switches, nameOf };
}

function runsOf({ id, segments, segmentBytes }: Archive, nameOf: TimelinePath["nameOf"]): Run[] {
  const copies = new Map<string, number>();
  for (const { name } of segments) copies.set(name, (copies.get(name) ?? 0) + 1);
  const sound = segments
    .filter(({ name }) => copies.get(name) === 1)
    .map((segment) => ({ segment, number: parseSegment(segment.name, segmentBytes).number }))
    .filter(({ segment, number }) => segment.name === nameOf(number))
    .sort((a, b) => (a.number < b.number ? -1 : 1));
  const runs: (Run & { segments: WalSegment[] })[] = [];
  for (const { segment, number } of sound) {
    const run = runs.at(-1);
    if (run && run.last + 1n === number) {
      run.last = number;
      run.segments.push(segment);
    } else runs.push({ archiveId: id, first: number, last: number, segments: [segment] });
  }
  return runs;
}

/** The run that makes this backup consistent and goes on from there; undefined when its own WAL is incomplete or off the path. */
export function runOf(set: BackupSet, { archive, runs, nameOf }: TimelinePath): Run | undefined {
  const start = parseSegment(set.startSegment, archive.segmentBytes);
  const stop = parseSegment(set.stopSegment, archive.segmentBytes);
  if (nameOf(start.number) !== set.startSegment || nameOf(stop.number) !== set.stopSegment) return undefined;
  return runs.find(({ first, last }) => first <= start.number && stop.number <= last);
}

/** True when recovery from the backup would follow the path at all. */
export function onPath(set: BackupSet, { archive, nameOf }: TimelinePath): boolean {
  return nameOf(parseSegment(set.stopSegment, archive.segmentBytes).number) === set.stopSegment;
}

interface Step {
  parent: number;
  child: number;
  lsn: string;
  /** Number of the first segment that is read from the child. */
  begins: bigint;
}

/** From the oldest timeline that is known to the one followed. */
function path({ switches, segmentBytes }: Archive, followed: number): Step[] {
  const steps: Step[] = [];
  let child = followed;
  for (let origin = switches.get(child); origin; origin = switches.get(child)) {
    const { parent, lsn } = origin;
    // A damaged history must not send us round in circles.
    if (parent >= child) break;
    steps.unshift({ parent, child, lsn, begins: lsnValue(lsn) / BigInt(segmentBytes) });
    child = parent;
  }
  return steps;
}
