// The longest that a program or statement on a copy may take: what the copy holds may make it wait for ever. Pure.

/** As long as a restore may take where a job is not told otherwise. */
export const DEFAULT_LIMIT_SECONDS = 4 * 3600;

/** Timers of Node and of PostgreSQL count milliseconds in 31 bits: longer, they would ring at once. */
const MOST_SECONDS = 2_000_000;

export function limitOf(seconds: number | undefined): number {
  return Math.min(seconds ?? DEFAULT_LIMIT_SECONDS, MOST_SECONDS);
}
