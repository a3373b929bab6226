// What a drill report says, whatever it is rendered to. Data only: no words of a language, no layout, no clock.
import type { Check, Verdict } from "../../core/evidence";
import type { RecoveryTarget } from "../../postgres/recovery-target";
import type { TrendPoint } from "./trend";

export interface DrillReport {
  /** Id of the drill, e.g. `20261123t023004-k3f9`. */
  id: string;
  /** What was drilled, in a line: shown under the document's own heading. */
  title: string;
  environment: string;
  platform: string;
  /** Of the contract, what the drill is to prove: id, place in the contract, the sentence itself, what it obliges us to. */
  clauses: readonly { id: string; source: string; original: string; obligation: string }[];
  started: Date;
  finished: Date;
  /** As signed in the evidence. A renderer shows `judge(report).verdict`, which is never better than the contents. */
  verdict: Verdict;
  /** Commit of the code that drilled; `undefined` outside a checkout. */
  gitCommit: string | undefined;
  actor: string;
  /** Promised upper bounds in seconds. */
  targets: { rtoSeconds: number; rpoSeconds: number };
  /** Predicted before the restores began, for the longest of them; seconds. */
  predictedRtoSeconds: number | undefined;
  scenarios: readonly Scenario[];
  /** What proved that the copies had no way out. None means not proven. */
  isolation: readonly Check[];
  /** The drill before this one, on the same platform. */
  previous: PreviousDrill | undefined;
  /** How each time went over all drills, this one included; absent or empty = nothing to show. */
  history?: readonly History[];
  /** `undefined` before the evidence is signed: the report itself is one of its artifacts. */
  evidence: { file: string; sha256: string } | undefined;
  /** Versions of what the result depends on: `postgres`, `pgbackrest`, `node`. */
  tools: Readonly<Record<string, string>>;
}

export interface Scenario {
  /** `a`, `b`, `c`. */
  id: string;
  /** What was simulated, e.g. `the moment before an UPDATE without WHERE`. */
  name: string;
  /** Instant that every `startSeconds` counts from. */
  started: Date;
  target: RecoveryTarget;
  /** Label of the backup that the restore began with; `undefined` when none was found. */
  backup: string | undefined;
  /** In order of their start; they may overlap. */
  phases: readonly Phase[];
  /** Seconds of the phases that count, until the copy accepted writes; `undefined` when it never did. */
  rtoSeconds: number | undefined;
  /** Seconds of commits lost. `undefined` where it was not measured (only a loss of the source measures it). */
  rpoSeconds: number | undefined;
  verdict: Verdict;
  checks: readonly Check[];
}

export interface Phase {
  name: string;
  /** Seconds after the scenario's start. */
  startSeconds: number;
  /** Duration in seconds. */
  seconds: number;
  /** Counted in the RTO: what an operator would wait for. Proving and comparing are not. */
  recovery: boolean;
}

/** One time over many drills. */
export interface History {
  scenario: string;
  /** `RTO`, `RPO` or a phase's name. */
  name: string;
  /** Promised upper bound in seconds. */
  targetSeconds: number | undefined;
  /** In order; `value` in seconds, not a number where nothing was measured. */
  points: readonly TrendPoint[];
}

/** What is kept of the drill before, to compare with. */
export interface PreviousDrill {
  started: Date;
  scenarios: readonly {
    id: string;
    rtoSeconds: number | undefined;
    rpoSeconds: number | undefined;
    phases: readonly { name: string; seconds: number }[];
  }[];
}
