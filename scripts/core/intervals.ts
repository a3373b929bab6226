// Half-open stretches of time, [from, to), as milliseconds since 1970, and what can be done with lists of them.

export interface Interval {
  from: number;
  /** Exclusive. */
  to: number;
}

/** In order, without overlaps and without empty ones; neighbours that touch become one. */
export function union(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const { from, to } of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (!(from < to)) continue;
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

export function intersect(intervals: readonly Interval[], within: Interval): Interval[] {
  return union(
    intervals.map(({ from, to }) => ({ from: Math.max(from, within.from), to: Math.min(to, within.to) })),
  );
}

/** What of `intervals` lies in none of `holes`. */
export function subtract(intervals: readonly Interval[], holes: readonly Interval[]): Interval[] {
  return union(intervals).flatMap((interval) => complement(intersect(holes, interval), interval));
}

/** What of `within` lies in none of `intervals`; these are as `union` returns them. */
function complement(intervals: readonly Interval[], within: Interval): Interval[] {
  const edges = [within.from, ...intervals.flatMap(({ from, to }) => [from, to]), within.to];
  const left: Interval[] = [];
  for (let i = 0; i < edges.length; i += 2) left.push({ from: edges[i]!, to: edges[i + 1]! });
  return union(left);
}

/** Milliseconds in all of them. */
export function measure(intervals: readonly Interval[]): number {
  return union(intervals).reduce((sum, { from, to }) => sum + to - from, 0);
}

export function contains(intervals: readonly Interval[], at: number): boolean {
  return intervals.some(({ from, to }) => from <= at && at < to);
}

/** The moment that lies `share` (0…1, exclusive of 1) of the way through all spans, laid end to end; whole milliseconds. */
export function instantAt(intervals: readonly Interval[], share: number): number | undefined {
  const all = union(intervals);
  let left = Math.floor(share * measure(all));
  for (const { from, to } of all) {
    if (left < to - from) return from + left;
    left -= to - from;
  }
  return undefined;
}
