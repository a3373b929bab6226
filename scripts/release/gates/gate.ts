// What a gate is: a named question about a release, answered from facts that were gathered before. Pure, like every gate.
import type { Change, OriginalEffort } from "../../../policies/service/changes";
import type { DeliveryRules } from "../../../policies/service/delivery";
import type { Incident } from "../../../policies/service/incidents";
import type { KeyPeriod } from "../../../policies/service/key-periods";
import type { Platform } from "../../../policies/service/service";
import type { Check, Finding } from "../../core/evidence";
import type { ReleasePlan } from "../plan";

/** Evidence that a backup was restored and shown equal to its source. */
export interface VerifiedBackup {
  job: string;
  /** Number in the ledger. */
  entry: number;
  /** The restored state's instant: no commit after it was proven to be restorable. */
  at: Date;
}

export interface GateFacts {
  plan: ReleasePlan;
  now: Date;
  /** UPG-BUDGET, percent of the original effort a year. */
  allowancePercent: number;
  schedule: Platform["schedule"];
  rules: DeliveryRules;
  keyPeriods: readonly KeyPeriod[];
  incidents: readonly Incident[];
  changes: readonly Change[];
  originalEffort: OriginalEffort;
  /** The newest that passed. */
  verified: VerifiedBackup | undefined;
  policy: Finding;
  migrationsLinted: Finding;
  migrationsRehearsed: Finding;
  schemaCompatible: Finding;
  /** That what goes to an environment was in the one before it. */
  stagedBefore: Finding;
}

export interface Gate {
  /** Stable kebab-case name; overrides name it. */
  name: string;
  /** What it asks, in one line. */
  asks: string;
  decide(facts: GateFacts): Finding;
  /** Commands that make what it asks for, in order; absent where only time or people open it. */
  make?(plan: ReleasePlan): readonly string[];
}

export function checkOf(gate: Gate, facts: GateFacts): Check {
  return { name: gate.name, ...gate.decide(facts) };
}
