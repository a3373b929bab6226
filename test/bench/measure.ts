// Interleaved runs, medians and ratios. A timing alone says little on somebody else's machine; a ratio says more.
import { renderTable } from "../../scripts/core/table";

export interface Contestant {
  name: string;
  /** One run; returns seconds when it times itself (set-up excluded), otherwise it is timed as a whole. */
  run(): Promise<number | undefined>;
}

export interface Measured {
  name: string;
  median: number;
  seconds: number[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * Every contestant once, then every contestant again, in the opposite order: whatever disturbs the machine disturbs all of
 * them, and none always comes after the one that leaves most behind.
 */
export async function interleave(contestants: readonly Contestant[], rounds: number): Promise<Measured[]> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const began = performance.now();
      const own = await run();
      times.get(name)!.push(own ?? (performance.now() - began) / 1000);
      process.stderr.write(
        `round ${round + 1}/${rounds}  ${name}  ${times.get(name)!.at(-1)!.toFixed(2)} s\n`,
      );
    }
  }
  return [...times].map(([name, seconds]) => ({ name, seconds, median: median(seconds) }));
}

/** A table of medians and of ratios to the first row. */
export function report(title: string, rows: readonly Measured[], bytes?: number): string {
  const [ours] = rows;
  const head = ["", "Median", ...(bytes ? ["Throughput"] : []), "Ours / this", "Runs"];
  const body = rows.map(({ name, median: seconds, seconds: all }) => [
    name,
    `${seconds.toFixed(2)} s`,
    ...(bytes ? [`${(bytes / seconds / 1e6).toFixed(0)} MB/s`] : []),
    ours ? (ours.median / seconds).toFixed(2) : "",
    all.map((value) => value.toFixed(2)).join(" "),
  ]);
  return `${title}\n${renderTable({ head, rows: body, color: false })}`;
}
