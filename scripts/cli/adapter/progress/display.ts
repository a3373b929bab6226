// What a way of displaying progress must implement, and the phases it is told of.
import type { Check } from "../../../core/evidence";
import type { Progress } from "../../../core/progress";

export type Level = Parameters<Progress["say"]>[0];

/** What is needed of a stream: `process.stdout`, `process.stderr`, or a test's. */
export interface Out {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Phase {
  readonly id: number;
  readonly name: string;
  readonly parent: Phase | undefined;
  /** 0 for a phase that is in no other. */
  readonly depth: number;
  /** Monotonic seconds. */
  readonly began: number;
  /** Set by `update`: when the first amount was reported and how much that was, for an honest rate. */
  amount: Amount | undefined;
  note: string;
}

export interface Amount {
  since: number;
  initially: number;
  done: number;
  total: number | undefined;
  unit: string;
}

/** Texts are printable, single lines by now; only `print` passes through as it is. */
export interface Display {
  started(phase: Phase): void;
  /** An amount or a note changed. */
  progressed(phase: Phase): void;
  ended(phase: Phase, seconds: number, ok: boolean): void;
  say(level: Level, text: string, within: Phase | undefined): void;
  check(check: Check, within: Phase | undefined): void;
  print(text: string): void;
  close(): void;
}
