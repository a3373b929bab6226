// How a job tells what it is doing.
import type { Check } from "./evidence";

export interface PhaseProgress {
  /** Bytes or rows done and, if known, to do; shown as throughput and remaining time. */
  update(done: number, total?: number, unit?: string): void;
  /** One line of detail under the phase. */
  note(text: string): void;
}

export interface Progress {
  /** Runs `body` as a named phase; prints elapsed time; nested phases are allowed. Returns the body's result. */
  phase<T>(name: string, body: (phase: PhaseProgress) => Promise<T>): Promise<T>;
  /** A finding worth a line of its own in every output mode. */
  say(level: "info" | "warn" | "error", text: string): void;
  check(check: Check): void;
  /** The final rendering of the job's outcome (tables, report paths); plain text, printed to standard output. */
  print(text: string): void;
}

/** Passes bodies through and says nothing but findings, and those only to `check`. */
export function silent(check: Progress["check"] = () => {}): Progress {
  return { phase: (_name, body) => body({ update() {}, note() {} }), say() {}, check, print() {} };
}
