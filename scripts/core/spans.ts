// Half-open stretches of time, [from, to), as milliseconds since 1970, and what can be done with lists of them. Pure.

export interface Span {
  from: number;
  /** Exclusive. */
  to: number;
}

/** In order, without overlaps and without empty ones; neighbours that touch become one. */
export function union(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (!(from < to)) continue;
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

export function intersect(spans: readonly Span[], within: Span): Span[] {
  return union(
    spans.map(({ from, to }) => ({ from: Math.max(from, within.from), to: Math.min(to, within.to) })),
  );
}

/** What of `spans` lies in none of `holes`. */
export function subtract(spans: readonly Span[], holes: readonly Span[]): Span[] {
  return union(spans).flatMap((span) => complement(intersect(holes, span), span));
}

/** What of `within` lies in none of `spans`; these are as `union` returns them. */
function complement(spans: readonly Span[], within: Span): Span[] {
  const edges = [within.from, ...spans.flatMap(({ from, to }) => [from, to]), within.to];
  const left: Span[] = [];
  for (let i = 0; i < edges.length; i += 2) left.push({ from: edges[i]!, to: edges[i + 1]! });
  return union(left);
}

/** Milliseconds in all of them. */
export function measure(spans: readonly Span[]): number {
  return union(spans).reduce((sum, { from, to }) => sum + to - from, 0);
}

export function contains(spans: readonly Span[], at: number): boolean {
  return spans.some(({ from, to }) => from <= at && at < to);
}

/** The moment that lies `share` (0…1, exclusive of 1) of the way through all spans, laid end to end; whole milliseconds. */
export function momentAt(spans: readonly Span[], share: number): number | undefined {
  const all = union(spans);
  let left = Math.floor(share * measure(all));
  for (const { from, to } of all) {
    if (left < to - from) return from + left;
    left -= to - from;
  }
  return undefined;
}
