// The self-test as the outcome of a job: table, totals and JSON. Its evidence is about the verifier, not about any backup.

import type { Outcome } from "../core/outcome";
import type { Terminal } from "../core/tools";
import type { SelfTestJob } from "./bench";
import { FAMILIES, selfTest } from "./run";
import { renderSelfTest, selfTestChecks, selfTestMeasurements, totalsOf } from "./self-test";

/** Clean rounds of a self-test that does not say how many. */
export const DEFAULT_ROUNDS = 3;

export async function selfTestOutcome(context: SelfTestJob & Terminal, rounds: number): Promise<Outcome> {
  const result = await selfTest(context, rounds);
  const totals = totalsOf(result);
  for (const check of selfTestChecks(result)) context.progress.check(check);
  return {
    checks: selfTestChecks(result),
    measurements: selfTestMeasurements(result),
    artifacts: [],
    facts: { selfTest: { ...totals, faults: result.faults.map(({ kind, outcome }) => ({ kind, outcome })) } },
    json: { ...result, totals },
    summary: renderSelfTest(result, context),
  };
}

export function selfTestPlan(rounds: number): string[] {
  return [
    "make a small source of its own, back it up twice",
    `verify it ${rounds} times with nothing wrong: nothing may be reported`,
    ...FAMILIES.map(
      ({ name, faults }) =>
        `inject ${faults.length} faults in ${name}, one at a time: ${faults.map(({ kind }) => kind).join(", ")}`,
    ),
    "print which were caught, by which check, after how long; remove everything",
  ];
}
