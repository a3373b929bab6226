// What lint says of one place of a migration, and what it knows there.
import type { LiveFacts } from "./live";
import type { Direction, Migration, Statement, Step } from "./migration";
import type { Schema } from "./schema";

export interface LintFinding {
  rule: string;
  /** `note`: would be a hazard elsewhere; `allowed`: somebody answers for it, see `reason`. */
  level: "hazard" | "note" | "allowed";
  why: string;
  safe: string;
  /** Rules of squawk that say the same. */
  squawk: readonly string[];
  reason?: string;
}

/** Everything a rule may look at. */
export interface Place {
  migration: Migration;
  direction: Direction;
  step: Step;
  /** Of the statement in its step. */
  index: number;
  statement: Statement;
  schema: Schema;
  live: LiveFacts | undefined;
}
