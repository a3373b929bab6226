// Turns what a job found into evidence. The one place where a predicate is put together.
import { overall, type Predicate, type Verdict } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { EvidenceWriter, LedgerEntry } from "./port";

export interface RecordedJob {
  job: string;
  kind: string;
  clauses: readonly string[];
  started: Date;
}

/** Appends evidence of one piece of work. A missed target has already become a failed check of the outcome. */
export async function record(
  context: EvidenceWriter,
  recorded: RecordedJob,
  outcome: Outcome,
  verdict: Verdict = overall(outcome.checks),
): Promise<LedgerEntry> {
  const now = context.clock.now();
  // A clock that was set back meanwhile must not make an entry that no verifier believes.
  const finished = now < recorded.started ? recorded.started : now;
  const predicate: Predicate = {
    job: recorded.job,
    kind: recorded.kind,
    clauses: recorded.clauses,
    environment: context.environment,
    platform: context.platformName,
    started: recorded.started.toISOString(),
    finished: finished.toISOString(),
    verdict,
    measurements: outcome.measurements,
    checks: outcome.checks,
    artifacts: outcome.artifacts,
    inputs: { ...context.inputs, ...outcome.inputs },
    actor: context.actor,
    facts: outcome.facts,
  };
  return context.ledger.append(predicate);
}
