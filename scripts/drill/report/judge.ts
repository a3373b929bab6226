// What a report's contents amount to, so that no rendering can look better than what was found. Pure; speaks no language.
import { type Check, type CheckVerdict, isCovered, overall, type Verdict } from "../../core/evidence";
import type { DrillReport, Scenario } from "./model";

/** What each kind of reason knows besides its verdict and its scenario. */
interface ReasonFacts {
  check: { check: Check };
  missed: { measure: "RTO" | "RPO"; seconds: number; target: number };
  "no-rto": object;
  "no-checks": object;
  "no-scenarios": object;
  "no-isolation": object;
  /** Declared worse than anything shown explains. */
  declared: object;
}

export type ReasonKind = keyof ReasonFacts;

/** One reason why the drill did not simply pass; `WORDS` puts it into a sentence. */
export type Reason<Kind extends ReasonKind = ReasonKind> = {
  [K in Kind]: { kind: K; verdict: Verdict; scenario: string | undefined } & ReasonFacts[K];
}[Kind];

export interface Judgement {
  /** The worse of what was declared and what the contents show. */
  verdict: Verdict;
  /** Failures first. Empty exactly when the verdict is `pass`. */
  reasons: Reason[];
  /** Number of checks by verdict, those of isolation included. */
  tally: Record<CheckVerdict, number>;
}

const SEVERITY: Record<Verdict, number> = { pass: 0, inconclusive: 1, fail: 2 };

export function worse(one: Verdict, other: Verdict): Verdict {
  return SEVERITY[one] >= SEVERITY[other] ? one : other;
}

export function judge(report: DrillReport): Judgement {
  const reasons: Reason[] = report.scenarios.flatMap((scenario) => reasonsOf(scenario, report));
  if (report.scenarios.length === 0)
    reasons.push({ kind: "no-scenarios", verdict: "inconclusive", scenario: undefined });
  if (overall(report.isolation) === "inconclusive" && !report.isolation.some(isInconclusive)) {
    reasons.push({ kind: "no-isolation", verdict: "inconclusive", scenario: undefined });
  }
  reasons.push(...failing(report.isolation, undefined));
  const found = reasons.reduce<Verdict>((verdict, reason) => worse(verdict, reason.verdict), "pass");
  if (SEVERITY[report.verdict] > SEVERITY[found]) {
    reasons.push({ kind: "declared", verdict: report.verdict, scenario: undefined });
  }
  reasons.sort((a, b) => SEVERITY[b.verdict] - SEVERITY[a.verdict]);
  const tally: Judgement["tally"] = { pass: 0, fail: 0, inconclusive: 0, "not-applicable": 0 };
  for (const check of allChecks(report)) tally[check.verdict]++;
  return { verdict: worse(report.verdict, found), reasons, tally };
}

/** The verdict a scenario may be shown with. */
export function verdictOf(scenario: Scenario, report: DrillReport): Verdict {
  const found = reasonsOf(scenario, report).map((reason) => reason.verdict);
  return found.reduce(worse, scenario.verdict);
}

/** Is the measured value within its bound? `undefined` = not measured; not a number is a miss. */
export function within(seconds: number | undefined, target: number): boolean | undefined {
  return seconds === undefined ? undefined : seconds <= target;
}

/** The largest of the values that were measured. */
export function worst(values: readonly (number | undefined)[]): number | undefined {
  const measured = values.filter((value) => value !== undefined);
  return measured.length === 0 ? undefined : Math.max(...measured);
}

function reasonsOf(scenario: Scenario, report: DrillReport): Reason[] {
  const { id } = scenario;
  const { rtoSeconds, rpoSeconds } = report.targets;
  const reasons: Reason[] = [
    ...missed(id, "RTO", scenario.rtoSeconds, rtoSeconds),
    ...missed(id, "RPO", scenario.rpoSeconds, rpoSeconds),
    ...failing(scenario.checks, id),
  ];
  if (scenario.rtoSeconds === undefined)
    reasons.push({ kind: "no-rto", verdict: "inconclusive", scenario: id });
  if (scenario.checks.every((check) => check.verdict === "not-applicable")) {
    reasons.push({ kind: "no-checks", verdict: "inconclusive", scenario: id });
  }
  const found = reasons.reduce<Verdict>((verdict, reason) => worse(verdict, reason.verdict), "pass");
  const isolation = uncovered(report.isolation).map((check) => severityOf(check.verdict));
  if (SEVERITY[scenario.verdict] > Math.max(SEVERITY[found], ...isolation)) {
    reasons.push({ kind: "declared", verdict: scenario.verdict, scenario: id });
  }
  return reasons;
}

function missed(
  scenario: string,
  measure: "RTO" | "RPO",
  value: number | undefined,
  target: number,
): Reason[] {
  if (value === undefined || within(value, target)) return [];
  return [{ kind: "missed", verdict: "fail", scenario, measure, seconds: value, target }];
}

function failing(checks: readonly Check[], scenario: string | undefined): Reason[] {
  return uncovered(checks).flatMap((check) =>
    isUnhappy(check.verdict) ? [{ kind: "check", verdict: check.verdict, scenario, check }] : [],
  );
}

/** Shown as what they are, but no reason: another check proves enough. */
function uncovered(checks: readonly Check[]): Check[] {
  return checks.filter((check) => !isCovered(check, checks));
}

function isUnhappy(verdict: CheckVerdict): verdict is "fail" | "inconclusive" {
  return verdict === "fail" || verdict === "inconclusive";
}

function severityOf(verdict: CheckVerdict): number {
  return verdict === "not-applicable" ? 0 : SEVERITY[verdict];
}

function isInconclusive(check: Check): boolean {
  return check.verdict === "inconclusive";
}

function allChecks(report: DrillReport): Check[] {
  return [...report.scenarios.flatMap((scenario) => scenario.checks), ...report.isolation];
}
