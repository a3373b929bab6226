// What every format says the same way.
import type { StandardClause } from "../../../policies/engine/rule";
import type { Place } from "../../../policies/engine/subject";
import { type Comparison, freshPart } from "../compare";
import { failures, type Report, type ReportedResult, type RuleFacts, type SubjectFacts } from "../report";

export function ruleOf(report: Report, { rule }: ReportedResult): RuleFacts {
  return report.rules[rule]!;
}

export function subjectOf(report: Report, { subject }: ReportedResult): SubjectFacts {
  return report.subjects[subject]!;
}

export const showStandard = ({ standard, clause }: StandardClause): string => `${standard} ${clause}`;

/** `DR-RESTORE, GB/T 22239-2019 8.1.4.9` */
export function showClauses({ clauses, standards }: RuleFacts): string {
  return [...clauses, ...standards.map(showStandard)].join(", ");
}

/** `file:line:column`, which terminals and editors turn into a link. */
export const showPlace = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;

/** A URN says the same words twice; people know a resource by its stack and name. */
export function whereabouts({ surface, id, environment, place }: SubjectFacts): string {
  if (surface === "stack") return /^urn:pulumi:([^:]+)::/.exec(id)?.[1] ?? environment;
  return place?.file === id ? "" : id;
}

/** Results that differ only in the subject's stack or environment: one thing is wrong, once. */
export interface Alike {
  results: ReportedResult[];
  /** Stacks or ids. */
  where: string[];
}

export function alike(report: Report, results: readonly ReportedResult[]): Alike[] {
  const groups = new Map<string, Alike>();
  for (const result of results) {
    const { surface, type, name } = subjectOf(report, result);
    const findings = result.findings.map(({ path, message, place }) => [path, message, place]);
    const key = JSON.stringify([surface, type, name, result.rule, findings]);
    const group = groups.get(key) ?? { results: [], where: [] };
    groups.set(key, group);
    group.results.push(result);
    const where = whereabouts(subjectOf(report, result));
    if (where !== "") group.where.push(where);
  }
  return [...groups.values()];
}

/** `3 findings`, `1 finding` */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** What is to be reported as wrong: every failure, or with --base only what the change brought. */
export function inQuestion(report: Report, comparison: Comparison | undefined): ReportedResult[] {
  const all = failures(report);
  return comparison ? all.flatMap((each) => freshPart(comparison, report, each) ?? []) : all;
}
