// The archived WAL along the source's own timelines, and where in it a window of time begins: by what it holds, not by when it was stored.

import type { WalFiles } from "../../backup/port";
import { switchesOf } from "../../backup/timelines";
import {
  lastSegment,
  neededSegments,
  parseSegment,
  type Switches,
  segmentName,
  WAL_SEGMENT_BYTES,
  type WalSegment,
} from "../../backup/wal";
import { OpsError } from "../../core/errors";
import { showInstant } from "../../core/instant";
import { microseconds, microsecondsOf } from "../../core/pg-time";
import type { Core } from "../../core/tools";
import { systemIdentifierOf } from "../../postgres/system-identifier";
import { type LineageTools, lineageFor } from "../../restore/lineage";
import { parseRecord, type WalRecord } from "./record";

export type ArchiveTools = LineageTools & Pick<Core, "signal" | "progress" | "clock">;

/** What can be read of it. */
export interface Archive {
  archiveId: string;
  /** Without a gap, up to the last one archived. */
  segments: readonly WalSegment[];
  timeline: number;
  /** Database system identifier, where the archive says it. */
  cluster: string | undefined;
  /** An instant that lies within the first segment, or before it: that backup began there. Undefined where WAL before it is missing. */
  begins: Date | undefined;
  /** wal_segment_size of the cluster. */
  segmentBytes: number;
}

/** @throws OpsError instant when there is no backup, unavailable */
export async function openArchive(context: ArchiveTools): Promise<Archive> {
  const sets = await context.backupRepository.list();
  const set = sets.at(-1);
  if (!set)
    throw new OpsError("instant", "the repository holds no complete backup", {
      expected: "at least one, whose WAL archive can be read",
      todo: "take one with `ops backup`",
    });
  const { archiveId } = set;
  const switches = await switchesOf(context, archiveId);
  const archived = await context.walArchive.segments(archiveId);
  const { timeline } = await lineageFor(context, set, switches);
  const segmentBytes = await segmentBytesOf(context);
  const last = lastSegment(archived, timeline) ?? set.stopSegment;
  const oldest = sets.find((each) => each.archiveId === archiveId) ?? set;
  const byName = new Map(archived.map((segment) => [segment.name, segment]));
  const all = lineOf(oldest.startSegment, set.startSegment, last, switches, segmentBytes).map((name) =>
    byName.get(name),
  );
  const segments = all.slice(all.lastIndexOf(undefined) + 1).flatMap((segment) => segment ?? []);
  return {
    archiveId,
    begins: sets.find(({ startSegment }) => startSegment === segments[0]?.name)?.started,
    segmentBytes,
    timeline,
    cluster: set.systemIdentifier,
    segments,
  };
}

/**
 * WAL in files instead, up to the newest of its newest timeline.
 * @returns with what reads it in place of the archive
 * @throws OpsError usage, fail; proofs when they are of another cluster than the source
 */
export async function openFiles<T extends ArchiveTools>(
  context: T,
  files: WalFiles,
): Promise<{ archive: Archive; context: T }> {
  const { segments: all, systemIdentifier, segmentBytes } = await files.list();
  const source = context.servers.source(context.platform);
  const running = await systemIdentifierOf(source);
  if (running !== undefined && running !== systemIdentifier)
    throw new OpsError("proofs", `the WAL is of cluster ${systemIdentifier}`, {
      expected: `${running}, which the source is`,
      todo: "name the platform whose WAL it is",
    });
  const names = new Map(all.map((segment) => [segment.name, segment]));
  const newest = parseSegment(all.at(-1)!.name, segmentBytes);
  const { timeline } = newest;
  const segments: WalSegment[] = [];
  for (let { number } = newest; ; number--) {
    const segment = names.get(segmentName(timeline, number, segmentBytes));
    if (!segment) break;
    segments.unshift(segment);
  }
  const archive: Archive = {
    archiveId: `${await source.major()}-files`,
    ...{ segments, segmentBytes, timeline, cluster: systemIdentifier, begins: undefined },
  };
  return { archive, context: { ...context, walArchive: { ...context.walArchive, read: files.read } } };
}

/** From the oldest backup or, where the source did not come along its timeline, from the newest. */
function lineOf(
  oldest: string,
  newest: string,
  last: string,
  switches: Switches,
  segmentBytes: number,
): string[] {
  try {
    return neededSegments(oldest, last, switches, segmentBytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return neededSegments(newest, last, switches, segmentBytes);
  }
}

/** Of the source, where it answers; a cluster keeps it for life. */
async function segmentBytesOf({ servers, platform }: ArchiveTools): Promise<number> {
  const source = servers.source(platform);
  const rows = await source
    .query<{ bytes: number }>(
      source.maintenance,
      "select pg_size_bytes(current_setting('wal_segment_size'))::float8 as bytes",
    )
    .catch(() => []);
  return rows[0]?.bytes ?? WAL_SEGMENT_BYTES;
}

interface Start {
  /** Index of the first segment to read. */
  index: number;
  /** Transactions under way there, of which something may lie before. */
  underWay: readonly number[];
  /** The next that had not begun yet. */
  next: number;
}

/**
 * Where to begin to read so that every transaction that begins after it is seen whole: at a record that lists the running ones,
 * before the first commit of the window.
 * @throws OpsError instant when the archive begins later than the window
 */
export async function startOf(context: ArchiveTools, archive: Archive, from: Date): Promise<Start> {
  const { segments } = archive;
  // Of what nobody says when it was stored, only its own commits tell.
  const stored = segments.findLastIndex(({ archivedAt }) => archivedAt === undefined || archivedAt < from);
  let early = false;
  for (let index = Math.max(0, stored); index >= 0; index--) {
    const { firstCommit, running } = await lookInto(context, archive, index, from);
    // A segment without a commit says nothing of the time, unless a later one began before the window.
    early ||= firstCommit !== undefined && firstCommit < microsecondsOf(from);
    // The archive's very beginning will do when nothing of the window can lie before it.
    early ||= index === 0 && archive.begins !== undefined && archive.begins <= from;
    if (early && running) return { index, underWay: running.running, next: running.next };
  }
  throw await tooEarly(context, archive, from);
}

async function tooEarly(context: ArchiveTools, archive: Archive, from: Date): Promise<OpsError> {
  const { firstCommit } = await lookInto(context, archive, 0);
  const at = firstCommit === undefined ? undefined : new Date(Number(firstCommit / 1000n));
  return new OpsError("instant", `the archived WAL does not reach back to ${showInstant(from)}`, {
    expected: at && at > from ? `an instant after ${showInstant(at)}` : "an instant of which WAL is archived",
    todo: "name a later beginning; of what lies before, `ops data diff` can compare copies",
  });
}

/** A place before which nothing of these transactions lies; the beginning of the archive when there is none. */
export async function startBefore(
  context: ArchiveTools,
  archive: Archive,
  xids: readonly number[],
  index: number,
): Promise<Start> {
  for (let at = index; at >= 0; at--) {
    const { running } = await lookInto(context, archive, at);
    if (running && xids.every((xid) => isBefore(running.next, xid) || running.next === xid))
      return { index: at, underWay: running.running, next: running.next };
  }
  throw new OpsError("instant", "a transaction of the window began before the archived WAL does", {
    expected: "WAL from its beginning on",
    todo: "name a later beginning of the window",
  });
}

/** Transaction ids go round (TransactionIdPrecedes of transam.c). */
export function isBefore(one: number, other: number): boolean {
  return ((one - other) | 0) < 0;
}

interface Look {
  /** Microseconds since 1970. */
  firstCommit: bigint | undefined;
  /** The first such record, if it comes before every commit of the window. */
  running: Extract<WalRecord, { kind: "running" }> | undefined;
}

async function lookInto(
  context: ArchiveTools,
  { archiveId, segments }: Archive,
  index: number,
  from?: Date,
): Promise<Look> {
  const found: Look = { firstCommit: undefined, running: undefined };
  const segment = segments[index];
  if (!segment) return found;
  await context.walArchive.read({
    archiveId,
    segments: [segment],
    managers: ["Transaction", "Standby"],
    signal: context.signal,
    onRecord(line) {
      const record = parseRecord(line);
      if (record?.kind === "running") found.running ??= record;
      const at = record?.kind === "commit" ? microseconds(record.at) : undefined;
      found.firstCommit ??= at;
      const inWindow = at !== undefined && from !== undefined && at >= microsecondsOf(from);
      return inWindow || (found.running !== undefined && found.firstCommit !== undefined);
    },
  });
  return found;
}
