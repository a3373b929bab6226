// A clock that a test tells what happens while somebody waits: nobody sleeps for real.
import type { Clock } from "../../../../scripts/core/clock";

export interface WaitingClock extends Clock {
  /** Seconds that were waited for in all. */
  waited(): number;
  /** So much time passes at once. */
  skip(seconds: number): void;
}

type Meanwhile = (clock: WaitingClock) => void | Promise<void>;

/** @param meanwhile what happens during each wait, in order; afterwards nothing happens */
export function waiting(...meanwhile: Meanwhile[]): WaitingClock {
  let seconds = 0;
  const clock: WaitingClock = {
    now: () => new Date(Date.parse("2026-11-25T02:00:00Z") + seconds * 1000),
    seconds: () => seconds,
    waited: () => seconds,
    skip(given) {
      seconds += given;
    },
    async sleep(given, signal) {
      signal?.throwIfAborted();
      seconds += given;
      await meanwhile.shift()?.(clock);
      signal?.throwIfAborted();
    },
  };
  return clock;
}
