// Time and cancellation as jobs see them.

export interface Clock {
  /** The present instant. Jobs never call `new Date()` themselves. */
  now(): Date;
  /** Monotonic seconds, for durations. */
  seconds(): number;
  /** Resolves after the given seconds; rejects when the signal is aborted. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}
