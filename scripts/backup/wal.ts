// WAL segment names and the proof that a range of them is complete.
import { lsnValue } from "../postgres/recovery-target";

/** PostgreSQL's default wal_segment_size; a cluster of another size says so in its checkpoints. */
export const WAL_SEGMENT_BYTES = 16 * 1024 * 1024;

export interface WalSegment {
  /** 24 hex digits: timeline, log, segment. */
  name: string;
  /** Bytes as stored (compressed, encrypted). */
  bytes: number;
  /**
   * When the repository stored the file, whole seconds by its own clock. Every commit in the segment is older than this
   * as long as the clocks agree; a repository that was copied carries the copy's moment. Undefined = not listed.
   */
  archivedAt?: Date | undefined;
  /** SHA-1 of the segment's own bytes, hex, as the archive recorded it. */
  sha1?: string;
}

/** Name of the segment that holds `lsn`. `segmentBytes` is the cluster's wal_segment_size, 16 MiB by default. */
export function segmentOf(lsn: string, timeline: number, segmentBytes = WAL_SEGMENT_BYTES): string {
  return segmentName(timeline, lsnValue(lsn) / BigInt(segmentBytes), segmentBytes);
}

/** Name of the segment that holds the byte before `lsn`: a position that was reached, not one that comes next. */
export function segmentBefore(lsn: string, timeline: number, segmentBytes = WAL_SEGMENT_BYTES): string {
  return segmentName(timeline, (lsnValue(lsn) - 1n) / BigInt(segmentBytes), segmentBytes);
}

/** As names of files spell a timeline, and the parts of a segment's number. */
export function hex(value: bigint | number): string {
  return value.toString(16).toUpperCase().padStart(8, "0");
}

/** Name of segment `number`, counted from the beginning of WAL. */
export function segmentName(timeline: number, number: bigint, segmentBytes: number): string {
  const perLog = 0x1_0000_0000n / BigInt(segmentBytes);
  return hex(timeline) + hex(number / perLog) + hex(number % perLog);
}

/** @throws RangeError when it is no name of a segment */
export function parseSegment(name: string, segmentBytes: number): { timeline: number; number: bigint } {
  if (!/^[0-9A-F]{24}$/.test(name)) throw new RangeError(`not a WAL segment name: ${name}`);
  const perLog = 0x1_0000_0000n / BigInt(segmentBytes);
  const log = BigInt(`0x${name.slice(8, 16)}`);
  return {
    timeline: Number.parseInt(name.slice(0, 8), 16),
    number: log * perLog + BigInt(`0x${name.slice(16)}`),
  };
}

/** Timeline → the LSN where it left its parent, and the parent. */
export type Switches = ReadonlyMap<number, { parent: number; lsn: string }>;

export interface Contiguity {
  /** Segments that must exist and do not, in order. */
  missing: string[];
  /** Segments stored more than once under different checksums: which one is replayed is a matter of luck. */
  duplicate: string[];
  /** Number of segments the range needs. */
  needed: number;
  /** Last segment of the unbroken run that starts at `from`. */
  lastContiguous: string | undefined;
}

/**
 * Is every segment from `from` to `to` (inclusive) there? Both on one timeline, or `to` on a later one whose history
 * is given in `switches`.
 * @throws RangeError when `to` lies before `from`, or a timeline's history is unknown
 */
export function contiguity(
  segments: readonly WalSegment[],
  from: string,
  to: string,
  switches: Switches = new Map(),
  segmentBytes = WAL_SEGMENT_BYTES,
): Contiguity {
  const count = new Map<string, number>();
  for (const segment of segments) count.set(segment.name, (count.get(segment.name) ?? 0) + 1);

  const result: Contiguity = { missing: [], duplicate: [], needed: 0, lastContiguous: undefined };
  for (const name of neededSegments(from, to, switches, segmentBytes)) {
    const copies = count.get(name) ?? 0;
    result.needed++;
    if (copies === 0) result.missing.push(name);
    else if (result.missing.length === 0) result.lastContiguous = name;
    if (copies > 1) result.duplicate.push(name);
  }
  return result;
}

/**
 * Names of the segments that recovery reads from `from` to `to` (inclusive), in that order; the parameters are those of
 * `contiguity`. @throws RangeError when `to` lies before `from`, or a timeline's history is unknown
 */
export function neededSegments(
  from: string,
  to: string,
  switches: Switches = new Map(),
  segmentBytes = WAL_SEGMENT_BYTES,
): string[] {
  const first = parseSegment(from, segmentBytes);
  const last = parseSegment(to, segmentBytes);
  if (last.number < first.number) throw new RangeError(`WAL range ends before it begins: ${from} … ${to}`);
  const timelineAt = timelineMap(first.timeline, last.timeline, switches, segmentBytes);
  const names: string[] = [];
  for (let number = first.number; number <= last.number; number++) {
    names.push(segmentName(timelineAt(number), number, segmentBytes));
  }
  return names;
}

/** Which timeline a segment number must be read from: the newest one that had begun by then. */
function timelineMap(
  from: number,
  to: number,
  switches: Switches,
  segmentBytes: number,
): (number: bigint) => number {
  const starts: { timeline: number; begins: bigint }[] = [];
  let timeline = to;
  while (timeline !== from) {
    const origin = switches.get(timeline);
    if (!origin) throw new RangeError(`no history of timeline ${timeline}; it does not descend from ${from}`);
    starts.unshift({ timeline, begins: lsnValue(origin.lsn) / BigInt(segmentBytes) });
    timeline = origin.parent;
  }
  return (number) => starts.findLast((start) => number >= start.begins)?.timeline ?? from;
}

/** Parses a `.history` file into the last switch it records: parent timeline and the LSN where it was left. */
export function parseHistory(text: string): { parent: number; lsn: string } | undefined {
  const lines = text.split("\n").filter((line) => /^\s*\d+\s+[0-9A-F]+\/[0-9A-F]+/i.test(line));
  const match = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/i.exec(lines.at(-1) ?? "");
  return match ? { parent: Number(match[1]), lsn: match[2]! } : undefined;
}

/** The last archived segment of a timeline in a listing, or undefined. */
export function lastSegment(segments: readonly WalSegment[], timeline: number): string | undefined {
  const prefix = timeline.toString(16).toUpperCase().padStart(8, "0");
  return segments
    .map((segment) => segment.name)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .at(-1);
}
