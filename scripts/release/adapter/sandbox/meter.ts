// Measures the answers of one version: how many, how long, how many failed, since the last look. No clock but its own.
import { PEAK_QUANTILE } from "../../../../policies/contract/performance";
import type { Look } from "../../../../policies/service/analysis";

/** Figures of one look are kept to so many; more are counted as errors or not, and not timed. */
const KEPT = 100_000;

export class Meter {
  private seconds: number[] = [];
  private errors = 0;
  private requests = 0;
  inFlight = 0;
  private readonly now: () => number;

  /** @param now monotonic milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** A request has begun. @returns what to call, once, when it is answered */
  begin(): (failed: boolean) => void {
    const since = this.now();
    let open = true;
    this.inFlight++;
    return (failed) => {
      if (!open) return;
      open = false;
      this.inFlight--;
      this.requests++;
      if (failed) this.errors++;
      if (this.seconds.length < KEPT) this.seconds.push((this.now() - since) / 1000);
    };
  }

  /** What was answered since the look before; begins anew. */
  look(): Look {
    const { requests, errors } = this;
    const sorted = this.seconds.sort((a, b) => a - b);
    [this.seconds, this.errors, this.requests] = [[], 0, 0];
    if (requests === 0) return { requests, average: undefined, peak: undefined, errors: undefined };
    const average = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    const peak = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * PEAK_QUANTILE))];
    return { requests, average, peak, errors: errors / requests };
  }
}
