// The machine's clocks. Everything else is told the time, so that tests and jobs can choose it.
import { setTimeout as timeout } from "node:timers/promises";
import type { Clock } from "../core/clock";

/** `sleep` rejects with an AbortError as soon as its signal is aborted. */
export function createClock(): Clock {
  return {
    now: () => new Date(),
    seconds: () => performance.now() / 1000,
    sleep: (seconds, signal) => timeout(seconds * 1000, undefined, signal ? { signal } : {}),
  };
}
