// A made-up repository for coverage tests: segments of a minute each, backups among them, holes where a test wants them.
import type { BackupSet } from "../../../scripts/backup/backup-set";
import { segmentName, type WalSegment } from "../../../scripts/backup/wal";
import { type Coverage, type CoverageFacts, cover, runsInUse } from "../../../scripts/coverage/coverage";
import { type Archive, route } from "../../../scripts/coverage/timeline-path";

export const SEGMENT_BYTES = 16 * 1024 * 1024;
export const MINUTE = 60_000;
/** Segment n holds the commits of minute n after this. */
export const BEGIN = Date.parse("2026-11-01T00:00:00Z");

export const name = (number: number, timeline = 1): string =>
  segmentName(timeline, BigInt(number), SEGMENT_BYTES);
export const lsn = (number: number): string =>
  `${Math.floor(number / 256).toString(16)}/${((number % 256) * SEGMENT_BYTES).toString(16)}`.toUpperCase();

export interface History {
  /** Minutes since the beginning at which backups were taken, each within one segment. */
  backups: readonly number[];
  /** Numbers of archived segments, or names. */
  segments: readonly (number | string)[];
  now: number;
  days?: number;
  change?: (set: BackupSet) => BackupSet;
  switches?: Archive["switches"];
  /** Timeline; default 1. */
  followed?: number;
  more?: Partial<CoverageFacts>;
}

export function backup(minute: number): BackupSet {
  const finished = new Date(BEGIN + minute * MINUTE + 30_000);
  return {
    label: `backup-${minute}`,
    type: "full",
    started: new Date(BEGIN + minute * MINUTE + 1000),
    finished,
    startLsn: lsn(minute),
    stopLsn: lsn(minute),
    startSegment: name(minute),
    stopSegment: name(minute),
    archiveId: "15-1",
    error: false,
    databaseBytes: 1,
    repositoryBytes: 1,
    references: [],
  };
}

export function coverageOf(history: History): Coverage {
  return cover(factsOf(history));
}

export function factsOf({
  backups,
  segments,
  now,
  days = 30,
  change,
  switches,
  followed = 1,
  more,
}: History): CoverageFacts {
  const sets = backups.map(backup).map((set) => change?.(set) ?? set);
  const listed: WalSegment[] = segments.map((segment) => ({
    name: typeof segment === "string" ? segment : name(segment),
    bytes: 1,
  }));
  const archive = {
    id: "15-1",
    segments: listed,
    switches: switches ?? new Map(),
    segmentBytes: SEGMENT_BYTES,
  };
  const known = { sets, suspects: new Map<string, string>(), routes: [route(archive, followed)], ...more };
  return {
    now: new Date(BEGIN + now * MINUTE),
    days,
    oldestKnown: undefined,
    breaks: [],
    // The last commit of a minute comes a millisecond before the next.
    reaches: runsInUse(known).map((run) => ({
      run,
      until: new Date(BEGIN + (Number(run.last) + 1) * MINUTE - 1),
    })),
    ...known,
    ...more,
  };
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
