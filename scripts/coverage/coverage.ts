// Which instants of the promised window can be restored, and why the others cannot. Pure: backups, WAL and instants in,
// stretches of time out. Every millisecond of the window is in exactly one restorable stretch or one gap.
import { DAY } from "../../policies/engine/durations";
import type { BackupSet } from "../backup/backup-set";
import { parseSegment } from "../backup/wal";
import { contains, type Interval, intersect, measure, subtract, union } from "../core/intervals";
import { onPath, type Run, runOf, type Switch, type TimelinePath } from "./timeline-path";

/** Recovery stops before the first commit later than its target: without such a commit it cannot tell and refuses. */
export interface Reach {
  run: Run;
  /** Last commit known to be in the run's last segments; undefined when nothing is known, and nothing is then claimed. */
  until: Date | undefined;
}

/** Around a change of timeline: what the parent committed after it was left is on no path. */
export interface Break {
  change: Switch;
  /** Last commit that both share, first commit on the child; undefined = not known, taken as far as the window goes. */
  from: Date | undefined;
  to: Date | undefined;
}

export interface CoverageFacts {
  now: Date;
  /** Days promised. */
  days: number;
  /** In any order. */
  sets: readonly BackupSet[];
  /** Why a backup is not to be relied on, by label, where something else than the repository says so. */
  suspects: ReadonlyMap<string, string>;
  /** The oldest backup that evidence speaks of, in the repository or not. */
  oldestKnown: { label: string; at: Date } | undefined;
  routes: readonly TimelinePath[];
  reaches: readonly Reach[];
  breaks: readonly Break[];
}

export type Reason =
  | { kind: "no-backup" }
  | { kind: "younger"; label: string }
  | { kind: "expired"; label: string; oldest: string }
  | { kind: "bad-backup"; label: string; why: string }
  | { kind: "wal-missing"; label: string; from: string; to: string; count: number }
  | { kind: "not-archived"; label: string; after: string }
  | { kind: "timeline"; parent: number; child: number; lsn: string };

export interface Gap extends Interval {
  reason: Reason;
}

export interface Coverage {
  window: Interval;
  restorable: Interval[];
  /** In order. */
  gaps: Gap[];
}

/** pgBackRest rounds the end of a backup down to a second; see `backupFor`. */
const ROUNDING = 1000;

export function cover(facts: CoverageFacts): Coverage {
  const now = facts.now.getTime();
  const window = { from: now - facts.days * DAY, to: now };
  const sets = [...facts.sets].sort((a, b) => a.finished.getTime() - b.finished.getTime());
  const holes = facts.breaks.map(({ change, from, to }) => ({
    change,
    from: from?.getTime() ?? window.from,
    to: to?.getTime() ?? window.to,
  }));
  const usable = sets.filter((set) => isClean(set, facts));
  const carried = usable.map((set) => ({
    from: reachableFrom(set),
    to: reachOf(set, facts)?.until?.getTime() ?? Number.NEGATIVE_INFINITY,
  }));
  const restorable = intersect(subtract(carried, holes), window);
  const cuts = [...sets.map(reachableFrom), ...holes.flatMap(({ from, to }) => [from, to])];
  const gaps = pieces(subtract([window], restorable), cuts).map((piece) => ({
    ...piece,
    reason: reasonFor(piece, sets, holes, facts),
  }));
  return { window, restorable, gaps: joined(gaps) };
}

/** Why nothing may be restored from this backup; undefined when it is sound and its own WAL is complete. */
export function problemOf(
  set: BackupSet,
  facts: Pick<CoverageFacts, "sets" | "suspects" | "routes">,
): string | undefined {
  for (const label of [set.label, ...set.references]) {
    const part = facts.sets.find((candidate) => candidate.label === label);
    const name = label === set.label ? "it" : `${label}, which it needs,`;
    if (!part) return `${name} is not in the repository`;
    if (part.error) return `${name} holds pages with a wrong checksum`;
    const suspicion = facts.suspects.get(label);
    if (suspicion !== undefined) return `${name} is suspect: ${suspicion}`;
  }
  const route = routeOf(set, facts);
  if (!route || !follows(set, facts)) return "it lies on a timeline that recovery does not follow";
  if (!runOf(set, route)) return `WAL inside it is missing (${set.startSegment} … ${set.stopSegment})`;
  return undefined;
}

function follows(set: BackupSet, facts: Pick<CoverageFacts, "routes">): boolean {
  const route = routeOf(set, facts);
  return route !== undefined && onPath(set, route);
}

/** A backup that a restore may rely on. */
export function isClean(set: BackupSet, facts: Pick<CoverageFacts, "sets" | "suspects" | "routes">): boolean {
  return problemOf(set, facts) === undefined;
}

function reachableFrom(set: BackupSet): number {
  return set.finished.getTime() + ROUNDING;
}

function routeOf(set: BackupSet, { routes }: Pick<CoverageFacts, "routes">): TimelinePath | undefined {
  return routes.find(({ archive }) => archive.id === set.archiveId);
}

function reachOf(set: BackupSet, facts: CoverageFacts): Reach | undefined {
  const route = routeOf(set, facts);
  const run = route && runOf(set, route);
  return facts.reaches.find((reach) => reach.run === run);
}

/** Cut where the reason may change. */
function pieces(intervals: readonly Interval[], cuts: readonly number[]): Interval[] {
  const sorted = [...new Set(cuts)].sort((a, b) => a - b);
  return intervals.flatMap(({ from, to }) => {
    const edges = [from, ...sorted.filter((cut) => from < cut && cut < to), to];
    return edges.slice(1).map((end, index) => ({ from: edges[index]!, to: end }));
  });
}

function reasonFor(
  piece: Interval,
  sets: readonly BackupSet[],
  holes: readonly (Interval & { change: Switch })[],
  facts: CoverageFacts,
): Reason {
  const earlier = sets.filter((set) => reachableFrom(set) <= piece.from);
  // A backup of a stray timeline is no reason for anything as long as there is one of the timeline that is followed.
  const before = earlier.findLast((set) => follows(set, facts)) ?? earlier.at(-1);
  if (!before) return nothingBefore(sets[0], facts);
  const { label } = before;
  const why = problemOf(before, facts);
  if (why !== undefined) return { kind: "bad-backup", label, why };
  const hole = holes.find((candidate) => contains([candidate], piece.from));
  if (hole) {
    const { parent, child, lsn } = hole.change;
    return { kind: "timeline", parent, child, lsn };
  }
  const route = routeOf(before, facts)!;
  const run = runOf(before, route)!;
  const next = route.runs.find(({ first }) => first > run.last);
  if (!next) return { kind: "not-archived", label, after: route.nameOf(run.last) };
  const [from, to] = [route.nameOf(run.last + 1n), route.nameOf(next.first - 1n)];
  return { kind: "wal-missing", label, from, to, count: Number(next.first - run.last - 1n) };
}

/** Before the first backup: was there ever an older one? Only our own evidence can tell. */
function nothingBefore(first: BackupSet | undefined, { oldestKnown }: CoverageFacts): Reason {
  if (oldestKnown && oldestKnown.label !== first?.label && (!first || oldestKnown.at < first.finished)) {
    return { kind: "expired", label: oldestKnown.label, oldest: first?.label ?? "none" };
  }
  return first ? { kind: "younger", label: first.label } : { kind: "no-backup" };
}

/** Neighbours with the same reason become one gap. */
function joined(gaps: readonly Gap[]): Gap[] {
  const list: Gap[] = [];
  for (const gap of gaps) {
    const last = list.at(-1);
    if (last?.to === gap.from && JSON.stringify(last.reason) === JSON.stringify(gap.reason)) last.to = gap.to;
    else list.push({ ...gap });
  }
  return list;
}

/** Runs whose end must be known: those that a sound backup uses. */
export function runsInUse(facts: Pick<CoverageFacts, "sets" | "suspects" | "routes">): Run[] {
  const used = facts.sets
    .filter((set) => isClean(set, facts))
    .map((set) => runOf(set, routeOf(set, facts)!)!);
  return [...new Set(used)];
}

/**
 * The end of a run when its segments cannot be read: the segment before the last was stored then, so that the last one
 * holds later commits, unless the archive lagged behind. Never later than the start of a backup that begins after the run,
 * for everything in the run was written before it: a repository that was copied bears later dates than its content.
 */
export function untilByStorage(run: Run, sets: readonly BackupSet[], segmentBytes: number): Date | undefined {
  const stored = run.segments.at(-2)?.archivedAt;
  const later = sets
    .filter((set) => set.archiveId === run.archiveId)
    .filter((set) => parseSegment(set.startSegment, segmentBytes).number > run.last)
    .map((set) => set.started.getTime());
  return stored && new Date(Math.min(stored.getTime(), ...later));
}

/**
 * Gaps that break the promise. Not broken: what lies before the platform's first backup ever, and the newest moments (or
 * those about a change of timeline) as long as they are no longer than the promised loss.
 */
export function broken(coverage: Coverage, rpoSeconds: number): Gap[] {
  return coverage.gaps.filter(({ reason, from, to }) => {
    if (reason.kind === "younger") return false;
    const tolerated = reason.kind === "not-archived" || reason.kind === "timeline";
    return !(tolerated && to - from <= rpoSeconds * 1000);
  });
}

/**
 * What of the restorable time lies after a checkpoint that the same backup and WAL lead to: there content can be compared,
 * everywhere else a verification can only be inconclusive.
 */
export function comparable(
  { restorable }: Coverage,
  facts: CoverageFacts,
  checkpoints: readonly Date[],
): Interval[] {
  const blind = facts.reaches.map(({ run, until }) => {
    const starts = facts.sets
      .filter((set) => isClean(set, facts) && reachOf(set, facts)?.run === run)
      .map((set) => set.finished.getTime());
    const from = Math.min(...starts);
    const end = until?.getTime() ?? from;
    const inside = checkpoints.map((at) => at.getTime()).filter((at) => from <= at && at <= end);
    return { from, to: Math.min(...inside, end + ROUNDING) };
  });
  return subtract(restorable, blind);
}

/** Share of the window's time that can be restored, 0…1. */
export function share({ window, restorable }: Coverage): number {
  return measure(restorable) / measure(union([window]));
}
