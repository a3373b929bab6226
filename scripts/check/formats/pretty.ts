// A report for a person at a terminal: findings by subject, each with its lines, the remedy and the clause.
import type { Severity } from "../../../policies/engine/rule";
import { showProblem } from "../../../policies/engine/yaml";
import { paint, renderTable, type Tone } from "../../core/table";
import type { Comparison } from "../compare";
import type { Frame, Report, ReportedFinding, ReportedResult } from "../report";
import { type Alike, alike, count, inQuestion, ruleOf, showClauses, showPlace, subjectOf } from "./shared";

const TONES: Readonly<Record<Severity, Tone>> = { critical: "bad", high: "bad", medium: "warn", low: "dim" };

export interface PrettyOptions {
  color: boolean;
  /** Given with --base: only what is new is shown in full. */
  comparison?: Comparison;
}

export function pretty(report: Report, { color, comparison }: PrettyOptions): string {
  const shown = inQuestion(report, comparison);
  const sections = [
    ...subjectsOf(report, shown).map((group) => subjectBlock(report, group, color)),
    problemBlock(report),
    waivedBlock(report),
    unknownBlock(report),
    idleBlock(report),
    tally(report, color),
    comparison ? comparisonBlock(comparison) : "",
    closing(report, shown, comparison),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

/** Groups of like results, gathered by the subject they are about. */
function subjectsOf(report: Report, results: readonly ReportedResult[]): Alike[][] {
  const groups = new Map<string, Alike[]>();
  for (const group of alike(report, results)) {
    const { surface, type, name } = subjectOf(report, group.results[0]!);
    const key = JSON.stringify([surface, type, name, group.where]);
    groups.set(key, [...(groups.get(key) ?? []), group]);
  }
  return [...groups.values()];
}

function subjectBlock(report: Report, groups: readonly Alike[], color: boolean): string {
  const { surface, type, name } = subjectOf(report, groups[0]!.results[0]!);
  const where = groups[0]!.where;
  const heading = `${surface}  ${type} ${name}${where.length > 0 ? `  (${where.join(", ")})` : ""}`;
  return [heading, ...groups.map((group) => resultBlock(report, group, color))].join("\n");
}

function resultBlock(report: Report, { results }: Alike, color: boolean): string {
  const rule = ruleOf(report, results[0]!);
  const severity = paint({ text: rule.severity, tone: TONES[rule.severity] }, color);
  return [
    `  ${severity}  ${rule.id}  ${showClauses(rule)}`,
    ...results[0]!.findings.filter(({ unknown }) => !unknown).map((finding) => findingBlock(finding, color)),
    `    to do: ${rule.remedy}`,
  ].join("\n");
}

function findingBlock({ message, place, frame }: ReportedFinding, color: boolean): string {
  return [
    `    ${message}`,
    ...(place ? [`    ${paint({ text: showPlace(place), tone: "dim" }, color)}`] : []),
    ...(frame && place ? frameLines(frame, place.line) : []),
  ].join("\n");
}

function frameLines({ first, lines }: Frame, line: number): string[] {
  const width = String(first + lines.length - 1).length;
  return lines.map((text, index) => {
    const number = first + index;
    return `    ${number === line ? ">" : " "} ${String(number).padStart(width)} │ ${text}`.trimEnd();
  });
}

function problemBlock({ problems }: Report): string {
  if (problems.length === 0) return "";
  return ["Could not be read", ...problems.map((problem) => `  ${showProblem(problem)}`)].join("\n");
}

function waivedBlock(report: Report): string {
  const waived = report.results.filter(({ verdict }) => verdict === "waived");
  if (waived.length === 0) return "";
  const lines = waived.map((result) => {
    const { owner, expires, reason } = result.waiver!;
    return `  ${ruleOf(report, result).id}  ${subjectOf(report, result).id}\n    ${owner}, until ${expires}: ${reason}`;
  });
  return ["Waived", ...lines].join("\n");
}

function unknownBlock(report: Report): string {
  const unknown = report.results.filter(({ verdict }) => verdict === "unknown");
  if (unknown.length === 0) return "";
  const lines = alike(report, unknown).map(({ results, where }) => {
    const [result] = results;
    const { name } = subjectOf(report, result!);
    return `  ${ruleOf(report, result!).id}  ${name}${where.length > 0 ? ` (${where.join(", ")})` : ""}: ${result!.findings[0]!.message}`;
  });
  return ["Unknown until deployed: check the preview or the state", ...lines].join("\n");
}

/** More are a check of a part, to which most rules do not apply. */
const MOST_IDLE = 8;

function idleBlock({ idle }: Report): string {
  if (idle.length === 0) return "";
  return `Rules without a subject here: ${idle.length > MOST_IDLE ? `${idle.length}, named by --json` : idle.join(", ")}`;
}

function tally({ surfaces }: Report, color: boolean): string {
  return renderTable({
    head: ["surface", "subjects", "results", "pass", "fail", "waived", "unknown"],
    rows: surfaces.map(({ surface, subjects, results, pass, fail, waived, unknown }) => [
      surface,
      subjects === 0 ? { text: "0 subjects", tone: "warn" } : String(subjects),
      String(results),
      String(pass),
      fail > 0 ? { text: String(fail), tone: "bad" } : "0",
      String(waived),
      String(unknown),
    ]),
    color,
  });
}

export function comparisonBlock({ commit, introduced, fixed, existing }: Comparison): string {
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length > 0 ? [title, ...lines.map((line) => `  ${line}`)] : [];
  return [
    `Against ${commit.slice(0, 10)}: ${introduced.length} introduced, ${fixed.length} fixed, ${existing} there before`,
    ...list(
      "Fixed",
      fixed.map(({ rule, subject, message }) => `${rule}  ${subject}: ${message}`),
    ),
  ].join("\n");
}

function closing(
  report: Report,
  shown: readonly ReportedResult[],
  comparison: Comparison | undefined,
): string {
  const findings = shown.reduce(
    (sum, result) => sum + result.findings.filter(({ unknown }) => !unknown).length,
    0,
  );
  const once = alike(report, shown).length;
  const spread = once < shown.length ? ` (${once} when like ones in several stacks count once)` : "";
  const what = comparison ? "introduced " : "";
  return findings === 0
    ? `no ${what}findings${report.problems.length > 0 ? " in what could be read" : ""} as of ${report.date}`
    : `${count(findings, `${what}finding`)} on ${count(new Set(shown.map(({ subject }) => subject)).size, "subject")}${spread} as of ${report.date}; ops check --explain <rule> says more`;
}
