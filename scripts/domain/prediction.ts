// How long a restore will take, said before it starts. Pure; learns from what earlier drills measured.

/** What one measured restore teaches. */
export interface Sample {
  databaseBytes: number;
  restoreSeconds: number;
  /** WAL segments replayed after the backup, in bytes of full segments. */
  walBytes: number;
  /** Start of the server until it accepts writes. */
  recoverySeconds: number;
}

export interface Prediction {
  seconds: number;
  restoreSeconds: number;
  recoverySeconds: number;
  /** Number of measured restores it rests on; 0 = first-principles guess. */
  samples: number;
}

/**
 * Used until a first restore was measured. Rates: a 3.1 GB cluster restored in 5.1 s and promoted in 2.6 s on 2 cores,
 * halved to stay on the safe side; the fixed second is the start of processes and namespaces.
 */
const GUESS = { bytesPerSecond: 300e6, walBytesPerSecond: 50e6, fixedSeconds: 1 } as const;

/** How many of the latest samples count: machines and databases change. */
const REMEMBERED = 7;

/** @param samples oldest first */
export function predict(
  work: { databaseBytes: number; walBytes: number },
  samples: readonly Sample[],
): Prediction {
  const recent = samples.slice(-REMEMBERED);
  if (recent.length === 0) {
    const restoreSeconds = GUESS.fixedSeconds + work.databaseBytes / GUESS.bytesPerSecond;
    const recoverySeconds = GUESS.fixedSeconds + work.walBytes / GUESS.walBytesPerSecond;
    return { seconds: restoreSeconds + recoverySeconds, restoreSeconds, recoverySeconds, samples: 0 };
  }
  const restoreSeconds = scaled(
    recent,
    work.databaseBytes,
    (s) => s.databaseBytes,
    (s) => s.restoreSeconds,
  );
  const recoverySeconds = scaled(
    recent,
    work.walBytes,
    (s) => s.walBytes,
    (s) => s.recoverySeconds,
  );
  return {
    seconds: restoreSeconds + recoverySeconds,
    restoreSeconds,
    recoverySeconds,
    samples: recent.length,
  };
}

/**
 * Median measured time, plus or minus what the difference in size costs at the median marginal rate. Small work is
 * mostly fixed cost, so times are not simply scaled by size.
 */
function scaled(
  samples: readonly Sample[],
  size: number,
  sizeOf: (sample: Sample) => number,
  secondsOf: (sample: Sample) => number,
): number {
  const seconds = median(samples.map(secondsOf));
  const typical = median(samples.map(sizeOf));
  const perByte = typical > 0 ? Math.max(0, seconds - GUESS.fixedSeconds) / typical : 0;
  return Math.max(seconds / 10, seconds + (size - typical) * perByte);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
