// The outcome of a job that only shows something: nothing was proven, so there is no verdict that an exit code could follow.
import type { Outcome } from "./outcome";

/** @param outcome what is shown; `record: false` where not even the looking leaves evidence */
export const viewOnly = (outcome: Partial<Outcome>): Outcome => ({
  checks: [],
  measurements: [],
  artifacts: [],
  facts: {},
  exit: "ok",
  ...outcome,
});
