// The sign of each verdict.
import type { CheckVerdict } from "../evidence";

/** The sign of each verdict, so that colour is never the only difference. */
export const SIGNS: Record<CheckVerdict, string> = {
  pass: "✓",
  fail: "✗",
  inconclusive: "?",
  "not-applicable": "–",
};
