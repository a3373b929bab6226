// A report for a pull request or a job summary.
import { showProblem } from "../../../policies/engine/yaml";
import type { Report } from "../report";
import type { FormatOptions } from "./format";
import { comparisonBlock } from "./pretty";
import { alike, inQuestion, ruleOf, showClauses, subjectOf } from "./shared";

/** Rows of one table; a summary of GitHub may have 1 MiB. */
const MAX_ROWS = 200;

export function markdown(report: Report, { comparison }: FormatOptions): string {
  const groups = alike(report, inQuestion(report, comparison));
  const rows = groups.slice(0, MAX_ROWS).flatMap(({ results, where }) => {
    const rule = ruleOf(report, results[0]!);
    const { type, name } = subjectOf(report, results[0]!);
    return results[0]!.findings
      .filter(({ unknown }) => !unknown)
      .map(({ message, place }) =>
        row([
          rule.severity,
          `\`${rule.id}\``,
          showClauses(rule),
          `${name} <sub>${type}${where.length > 0 ? `, ${where.join(", ")}` : ""}</sub>`,
          message,
          place ? `\`${place.file}:${place.line}\`` : "",
          rule.remedy,
        ]),
      );
  });
  const parts = [
    `### Policy check, ${report.date}`,
    groups.length === 0 ? "No findings." : "",
    groups.length === 0
      ? ""
      : [
          row(["severity", "rule", "clause", "subject", "finding", "place", "to do"]),
          row(Array(7).fill("---")),
          ...rows,
        ].join("\n"),
    groups.length > MAX_ROWS ? `… and ${groups.length - MAX_ROWS} more.` : "",
    report.problems.length > 0
      ? `**Could not be read**\n\n${report.problems.map((problem) => `- ${inert(showProblem(problem))}`).join("\n")}`
      : "",
    comparison ? inert(comparisonBlock(comparison)).replaceAll("\n", "  \n") : "",
    [
      row(["surface", "subjects", "pass", "fail", "waived", "unknown"]),
      row(["---", "--:", "--:", "--:", "--:", "--:"]),
      ...report.surfaces.map(({ surface, subjects, pass, fail, waived, unknown }) =>
        row([
          surface,
          subjects === 0 ? "0 subjects" : String(subjects),
          ...[pass, fail, waived, unknown].map(String),
        ]),
      ),
    ].join("\n"),
    report.idle.length > 0 ? `Rules without a subject: ${report.idle.join(", ")}` : "",
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\r?\n/g, " ");
}

const inert = (text: string): string => text.replaceAll("<", "&lt;").replaceAll("|", "\\|");
