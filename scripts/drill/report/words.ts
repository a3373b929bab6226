// What a drill report must be able to say in every language it is read in; the sentences are in words-en and words-zh.

import type { CheckVerdict, Verdict } from "../../core/evidence";
import type { DurationUnits } from "../../core/text/format";
import type { RecoveryTarget } from "../../postgres/recovery-target";
import type { Reason, ReasonKind } from "./judge";

export type Language = "en" | "zh";

export interface Words {
  /** BCP 47, for the `lang` attribute. */
  tag: string;
  units: DurationUnits;
  verdicts: Record<CheckVerdict, string>;
  /** The first sentence, by verdict. */
  statements: Record<Verdict, string>;
  targets: Record<RecoveryTarget["kind"], string>;
  marks: Record<"slower" | "faster" | "new" | "gone", string>;
  reasons: { [K in ReasonKind]: (reason: Reason<K>) => string };
  /** A known name of a phase or a check in this language; unknown ones stay as they are. */
  name(name: string): string;
  /** What a known check asks, where its own detail is in another language; undefined where the detail can be read. */
  asks?(name: string): string;
  /** What a scenario simulated, in this language; unknown ones stay as they are. */
  simulated(name: string): string;
  place(environment: string): string;
  /** A commit with its remark, as `machine/git` words it. */
  committed(commit: string): string;
  /** Said before anything else of a drill in the sandbox. */
  sandbox: string;
  /** What the platform's file says of it, in the language of the file. */
  platformSaid: string;
  clause: string;
  /** A clause as this language's readers need it. */
  clauseText(clause: { source: string; original: string; obligation: string }): string;
  /** Titles and a note of the appendix with the machine's own text; used with `asks` only. */
  appendix: { title: string; note: string; check: string; text: string };
  /** `2 inconclusive`. */
  tally(verdict: CheckVerdict, count: number): string;
  allPassed: string;
  beyond(target: string): string;
  report: string;
  drill: string;
  environment: string;
  actor: string;
  commit: string;
  started: string;
  took: string;
  rto: string;
  rpo: string;
  /** Of measured values, never of promised ones. */
  rtoLong: string;
  rpoLong: string;
  /** Before a promised recovery time, a promised loss. */
  rtoPromised: string;
  rpoPromised: string;
  target: string;
  measured: string;
  predicted: string;
  predictedRto: string;
  checks: string;
  check: string;
  verdict: string;
  found: string;
  timeline: string;
  timelineCaption: string;
  scenario: string;
  restoredTo: string;
  backup: string;
  phases: string;
  phase: string;
  startedAt: string;
  duration: string;
  before: string;
  now: string;
  change: string;
  comparison: string;
  comparedWith: string;
  noPrevious: string;
  history: string;
  historyCaption: string;
  isolation: string;
  isolationNone: string;
  evidence: string;
  evidenceNone: string;
  evidenceHow: string;
  file: string;
  digest: string;
  tools: string;
  none: string;
  notMeasured: string;
  within: string;
  missed: string;
  noPhases: string;
  noChecks: string;
  shanghai: string;
}

/** One reason as a sentence. */
export function sentence<Kind extends ReasonKind>(words: Words, reason: Reason<Kind>): string {
  return words.reasons[reason.kind](reason);
}
