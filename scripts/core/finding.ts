// The verdicts as words: every check, gate and question is answered with one of these.
import type { Finding } from "./evidence";

export const pass = (detail: string): Finding => ({ verdict: "pass", detail });

export const fail = (detail: string): Finding => ({ verdict: "fail", detail });

export const inconclusive = (detail: string): Finding => ({ verdict: "inconclusive", detail });

export const notApplicable = (reason: string): Finding => ({ verdict: "not-applicable", detail: reason });

/** Pass when the list of problems is empty, otherwise fail naming the first few and the number of the rest. */
export function judge(problems: readonly string[], clean: string, show = 8): Finding {
  if (problems.length === 0) return pass(clean);
  const more = problems.length > show ? `; and ${problems.length - show} more` : "";
  return fail(problems.slice(0, show).join("; ") + more);
}
