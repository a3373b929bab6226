// Timelines of an archive as its history files tell them, and which of them the source went along.

import { lsnValue } from "../postgres/recovery-target";
import type { BackupTools } from "./port";
import { parseHistory, type Switches } from "./wal";

/** Where every timeline of an archive left its parent. */
export async function switchesOf(
  { walArchive }: Pick<BackupTools, "walArchive">,
  archiveId: string,
): Promise<Map<number, { parent: number; lsn: string }>> {
  const switches = new Map<number, { parent: number; lsn: string }>();
  for (const [timeline, text] of await walArchive.timelineHistories(archiveId)) {
    const origin = parseHistory(text);
    if (origin) switches.set(timeline, origin);
  }
  return switches;
}

/** A place in WAL. */
export interface Position {
  timeline: number;
  lsn: string;
}

/** Does a server on this timeline have that position in its past? Every timeline that was left later than it has. */
export function descends(timeline: number, from: Position, switches: Switches): boolean {
  const seen = new Set<number>();
  for (let at = timeline; at !== from.timeline; ) {
    const origin = switches.get(at);
    if (!origin || seen.has(at)) return false;
    seen.add(at);
    if (origin.parent === from.timeline) return lsnValue(origin.lsn) >= lsnValue(from.lsn);
    at = origin.parent;
  }
  return true;
}

/** The timeline of a segment. */
export function timelineOf(segment: string): number {
  return Number.parseInt(segment.slice(0, 8), 16);
}

/** `timeline 3, which left 1 at 0/5000000` */
export function showTimeline(timeline: number, switches: Switches): string {
  const origin = switches.get(timeline);
  return origin
    ? `timeline ${timeline}, which left ${origin.parent} at ${origin.lsn}`
    : `timeline ${timeline}`;
}

/** The timeline that recovery follows where its target does not name one, and how it is known. */
export interface Lineage {
  timeline: number;
  /** For people: `the source's own`. */
  because: string;
  /** Timelines of the archive that the followed one has no part of: copies that were promoted, states that were left. */
  others: readonly number[];
  /** Those of them that the source may have taken since it was last seen. */
  doubtful: readonly number[];
}

/**
 * @param seen the last place at which the source is known to have been
 * @param now true when it is there at this moment: then it has taken no later timeline
 */
export function lineage(
  { seen, because, now }: { seen: Position; because: string; now: boolean },
  switches: Switches,
): Lineage {
  const past = new Set([seen.timeline]);
  for (let at = switches.get(seen.timeline); at && !past.has(at.parent); at = switches.get(at.parent))
    past.add(at.parent);
  const others = [...switches.keys()].filter((timeline) => !past.has(timeline)).sort((a, b) => a - b);
  const doubtful = now ? [] : others.filter((timeline) => descends(timeline, seen, switches));
  return { timeline: seen.timeline, because, others, doubtful };
}

/** `timeline 1, the source's own; not the source's, and not followed: timeline 2, which left 1 at 0/5000000` */
export function showLineage({ timeline, because, others }: Lineage, switches: Switches): string {
  return `timeline ${timeline}, ${because}${notFollowed(others, switches)}`;
}

export function notFollowed(others: readonly number[], switches: Switches): string {
  if (others.length === 0) return "";
  return `; not the source's, and not followed: ${others.map((one) => showTimeline(one, switches)).join("; ")}`;
}

/** What nobody can say where the source is gone; undefined when there is no doubt. */
export function doubtOf({ doubtful }: Lineage, switches: Switches): string | undefined {
  if (doubtful.length === 0) return undefined;
  const ones = doubtful.map((one) => showTimeline(one, switches)).join("; ");
  return `The source cannot be asked whether it took one of these since: ${ones}`;
}
