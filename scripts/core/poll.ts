// Looks again and again until there is an answer or the time is up: the one way in which this house waits.
import type { Clock } from "./clock";

export interface Patience {
  clock: Pick<Clock, "seconds" | "sleep">;
  /** Between two looks, seconds. */
  every: number;
  /** No look begins later than this, seconds; the first one always happens. */
  within: number;
  /** Rejects at once when it is aborted. Default: cannot be interrupted. */
  signal?: AbortSignal | undefined;
}

/** @returns the first answer that is not undefined, and how long it took; undefined when the time was up. @throws what `look` throws */
export async function poll<T>(
  { clock, every, within, signal }: Patience,
  look: () => Promise<T | undefined>,
): Promise<{ found: T; seconds: number } | undefined> {
  const began = clock.seconds();
  for (;;) {
    const found = await look();
    const seconds = clock.seconds() - began;
    if (found !== undefined) return { found, seconds };
    if (seconds >= within) return undefined;
    await clock.sleep(every, signal);
  }
}
