// Findings as work: kept from run to run until they are gone, with owner, first day and deadline; and rules that are not due yet. Pure.
import type { DataPolicy, DataRule } from "../../../policies/data/quality";
import type { DataCheckFacts, DataFinding } from "./facts";
import type { RuleResult } from "./result";

const DAY_MS = 24 * 3600 * 1000;

/** A little less than the period: a nightly run does not begin at the same minute each night. */
const DUE_AFTER_DAYS: Readonly<Record<DataRule["cadence"], number>> = {
  daily: 0,
  weekly: 6.5,
  monthly: 27.5,
};

type Before = DataCheckFacts["dataCheck"] | undefined;

/** Whether a rule is to be run now, by when it last came to its end. */
export function isDue(rule: DataRule, before: Before, now: Date): boolean {
  const ran = before?.ran[rule.id];
  return ran === undefined || now.getTime() - Date.parse(ran) >= DUE_AFTER_DAYS[rule.cadence] * DAY_MS;
}

export interface Trend {
  /** Of the last run; undefined when it is not known. */
  before: number | undefined;
}

export const trendOf = (rule: string, before: Before): Trend => ({
  before:
    before?.findings.find((finding) => finding.rule === rule)?.count ??
    (before?.ran[rule] === undefined ? undefined : 0),
});

/**
 * What is to be remembered. A rule that could not be run keeps what it had found; one that is gone from the declarations is forgotten.
 * @param rules all that are declared, in their order
 * @param results of those that were run now
 */
export function remember(
  rules: readonly DataRule[],
  results: readonly RuleResult[],
  before: Before,
  { deadlines }: Pick<DataPolicy, "deadlines">,
  now: Date,
): DataCheckFacts["dataCheck"] {
  const ran: Record<string, string> = {};
  const findings: DataFinding[] = [];
  for (const rule of rules) {
    const result = results.find((one) => one.rule.id === rule.id);
    const told = result !== undefined && result.unable.length === 0 && result.notApplicable === undefined;
    const last = told ? now.toISOString() : before?.ran[rule.id];
    if (last !== undefined) ran[rule.id] = last;
    const known = before?.findings.find((finding) => finding.rule === rule.id);
    const found = result !== undefined && result.count > 0;
    if (!found && (told || known === undefined)) continue;
    const firstSeen = known?.firstSeen ?? now.toISOString();
    const deadline = new Date(Date.parse(firstSeen) + deadlines[rule.severity] * DAY_MS).toISOString();
    const { severity, owner, id } = rule;
    const { count, atLeast } = found ? result : known!;
    findings.push({ rule: id, count, atLeast, severity, owner, firstSeen, deadline });
  }
  findings.sort((a, b) => Date.parse(a.firstSeen) - Date.parse(b.firstSeen));
  return { ran, findings };
}

export const isOverdue = ({ deadline }: Pick<DataFinding, "deadline">, now: Date): boolean =>
  Date.parse(deadline) <= now.getTime();
