// How long a restore will take, said before it starts. Pure; learns from what earlier restores measured.
//
// Restore and recovery are predicted apart: the one grows with the database, the other with the WAL to replay, and each
// has a fixed cost (processes, namespaces, promotion) that no size explains. What is done on the way (stop at a checkpoint
// first, flush to disk) is the kind of restore; times of one kind teach nothing exact about another.

import * as v from "valibot";
import { WAL_SEGMENT_BYTES } from "../backup/wal";
import type { Facts } from "../evidence/facts";

const RESTORE_ESTIMATE = v.object({
  databaseBytes: v.number(),
  /** WAL segments from the backup's first to the target's, in bytes of full segments; known from the listing. */
  walBytes: v.number(),
  /** What is done on the way, e.g. `time+checkpoint`; absent in evidence of earlier versions. */
  kind: v.optional(v.string()),
});
/** What is known before a restore starts. */
export type RestoreEstimate = Facts<typeof RESTORE_ESTIMATE>;

export const SAMPLE = v.object({
  ...RESTORE_ESTIMATE.entries,
  restoreSeconds: v.number(),
  /** Start of the server until it accepts writes. */
  recoverySeconds: v.number(),
});
/** What one measured restore teaches, as it stands in evidence. */
export type Sample = Facts<typeof SAMPLE>;

export const PREDICTION = v.object({
  seconds: v.number(),
  restoreSeconds: v.number(),
  recoverySeconds: v.number(),
  /** Number of measured restores it rests on; 0 = first-principles guess. */
  samples: v.number(),
  /** Number of them of the same kind; 0 = from other kinds, or from none. Absent in evidence of earlier versions. */
  alike: v.optional(v.number()),
});
/** What is said of a restore before it starts, as it stands in evidence. */
export type Prediction = Facts<typeof PREDICTION>;

/**
 * Used until a first restore was measured. Rates: a 3.1 GB cluster restored in 5.1 s and promoted in 2.6 s on 2 cores,
 * halved to stay on the safe side; the fixed second is the start of processes and namespaces.
 */
const GUESS = { bytesPerSecond: 300e6, walBytesPerSecond: 50e6, fixedSeconds: 1 } as const;

/**
 * What one byte more costs, until samples of different sizes say so themselves: a restore at the measured rate above; a
 * 16 MiB segment fetched by restore_command in 85 ms (pgBackRest 2.45, encrypted, local repository).
 */
const MARGINAL = { restore: 1 / 600e6, recovery: 0.085 / WAL_SEGMENT_BYTES } as const;

/** How many of the latest samples count: machines and databases change. */
const REMEMBERED = 7;

/** @param samples oldest first */
export function predict(work: RestoreEstimate, samples: readonly Sample[]): Prediction {
  const alike = samples.filter((sample) => sample.kind === work.kind);
  const recent = (alike.length > 0 ? alike : samples).slice(-REMEMBERED);
  if (recent.length === 0) {
    const restoreSeconds = GUESS.fixedSeconds + work.databaseBytes / GUESS.bytesPerSecond;
    const recoverySeconds = GUESS.fixedSeconds + work.walBytes / GUESS.walBytesPerSecond;
    return {
      seconds: restoreSeconds + recoverySeconds,
      restoreSeconds,
      recoverySeconds,
      samples: 0,
      alike: 0,
    };
  }
  // A restore moves the same files whatever comes after it: every kind teaches, as long as none is flushed to disk.
  const restores = samples.filter((sample) => isDurable(sample) === isDurable(work)).slice(-REMEMBERED);
  const restoreSeconds = moved(
    (restores.length > 0 ? restores : recent).map((s) => ({
      size: s.databaseBytes,
      seconds: s.restoreSeconds,
    })),
    work.databaseBytes,
    MARGINAL.restore,
  );
  const recoverySeconds = moved(
    recent.map((s) => ({ size: s.walBytes, seconds: s.recoverySeconds })),
    work.walBytes,
    MARGINAL.recovery,
  );
  return {
    seconds: restoreSeconds + recoverySeconds,
    restoreSeconds,
    recoverySeconds,
    samples: recent.length,
    alike: Math.min(alike.length, REMEMBERED),
  };
}

/** How far a prediction was off, as a share of what was measured: 0.1 = predicted a tenth too long. */
export function predictionError(predicted: number, measured: number): number {
  return (predicted - measured) / measured;
}

function isDurable({ kind }: RestoreEstimate): boolean {
  return kind?.endsWith("+durable") === true;
}

interface Point {
  size: number;
  seconds: number;
}

/** The median of the measured times, each first moved by what the difference in size costs; one bad run moves nothing. */
function moved(points: readonly Point[], size: number, marginal: number): number {
  const perByte = slope(points) ?? marginal;
  return median(
    points.map((point) => Math.max(point.seconds / 10, point.seconds + (size - point.size) * perByte)),
  );
}

/** Samples must differ by at least this share of their median size before a slope is read from them. */
const SPREAD = 0.5;

/** Theil–Sen: the median slope over all pairs, never negative. Undefined when sizes hardly differ. */
function slope(points: readonly Point[]): number | undefined {
  const sizes = points.map(({ size }) => size);
  const enough = SPREAD * median(sizes);
  const spread = Math.max(...sizes) - Math.min(...sizes);
  if (points.length < 3 || spread === 0 || spread < enough) return undefined;
  const slopes = points.flatMap((one, index) =>
    points
      .slice(index + 1)
      .filter((other) => Math.abs(other.size - one.size) >= spread / 2)
      .map((other) => (other.seconds - one.seconds) / (other.size - one.size)),
  );
  return slopes.length < 2 ? undefined : Math.max(0, median(slopes));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
