// Which backups the promised dates still need, and which may go.
import { DAY } from "../../policies/engine/durations";
import type { BackupSet } from "./backup-set";

/** What must be known of a backup to say what it is needed for. */
export type RetainedSet = Pick<
  BackupSet,
  "label" | "finished" | "references" | "startSegment" | "archiveId" | "error"
>;

/** Instants, both ends included. */
export interface Period {
  from: Date;
  to: Date;
}

export interface Need<S extends RetainedSet> {
  set: S;
  /** Promised instants that are restored from this backup, or from one that refers to it. Never empty. */
  periods: Period[];
}

export interface Retention<S extends RetainedSet> {
  /** The promised window. */
  window: Period;
  needed: Need<S>[];
  /** Oldest first. None of them is referred to by a needed one. */
  expendable: S[];
  /** Archive id → first WAL segment that a needed backup replays. Of other archives nothing is needed. */
  firstSegments: Map<string, string>;
}

/** pgBackRest records the end of a backup in whole seconds, rounded down: `backupFor` waits for the next one. */
const ROUNDING = 1000;

/**
 * Needed is the backup that a restore to a promised instant starts from, which is the newest one before it: an older one
 * with more WAL would do as well, but not within the promised time. A backup with damaged pages does not stand in for
 * the sound one before it; both are kept. The newest backup is always needed.
 * @param days length of the promised window that ends now
 */
export function planRetention<S extends RetainedSet>(
  sets: readonly S[],
  now: Date,
  days: number,
): Retention<S> {
  const window = { from: new Date(now.getTime() - days * DAY), to: now };
  const sorted = [...sets].sort((a, b) => a.finished.getTime() - b.finished.getTime());
  const periods = new Map<string, Period[]>();
  const need = (set: RetainedSet, period: Period): void => {
    for (const label of [set.label, ...set.references])
      periods.set(label, [...(periods.get(label) ?? []), period]);
  };
  sorted.forEach((set, i) => {
    const period = servedBy(sorted, i, window);
    if (!period) return;
    need(set, period);
    const sound = set.error ? sorted.slice(0, i).findLast((earlier) => !earlier.error) : undefined;
    if (sound) need(sound, period);
  });
  const needed = sorted.flatMap((set) => {
    const of = periods.get(set.label);
    return of ? [{ set, periods: merged(of) }] : [];
  });
  return {
    window,
    needed,
    expendable: sorted.filter((set) => !periods.has(set.label)),
    firstSegments: firstSegments(needed.map(({ set }) => set)),
  };
}

/** The promised instants for which this is the newest backup; the newest of all serves the present in any case. */
function servedBy(sorted: readonly RetainedSet[], index: number, window: Period): Period | undefined {
  const next = sorted[index + 1];
  const begins = sorted[index]!.finished.getTime() + ROUNDING;
  const from = new Date(Math.max(begins, window.from.getTime()));
  if (!next) return { from: from > window.to ? window.to : from, to: window.to };
  const to = new Date(Math.min(next.finished.getTime() + ROUNDING - 1, window.to.getTime()));
  return from <= to ? { from, to } : undefined;
}

/** Overlapping and adjoining periods as one. */
function merged(periods: readonly Period[]): Period[] {
  const result: Period[] = [];
  for (const { from, to } of [...periods].sort((a, b) => a.from.getTime() - b.from.getTime())) {
    const last = result.at(-1);
    if (last && from.getTime() <= last.to.getTime() + 1) last.to = to > last.to ? to : last.to;
    else result.push({ from, to });
  }
  return result;
}

/** Segment names compare as recovery needs them: a later timeline is a greater name, an earlier one is never gone back to. */
export function firstSegments(sets: readonly RetainedSet[]): Map<string, string> {
  const first = new Map<string, string>();
  for (const { archiveId, startSegment } of sets) {
    const known = first.get(archiveId);
    if (known === undefined || startSegment < known) first.set(archiveId, startSegment);
  }
  return first;
}

/** The set and everything that refers to it: what an engine removes when it is told to remove the set. */
export function withDependents<S extends RetainedSet>(sets: readonly S[], label: string): S[] {
  return sets.filter((set) => set.label === label || set.references.includes(label));
}
