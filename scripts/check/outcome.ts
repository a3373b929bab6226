// The outcome of a check: what is printed, what fails, one check a surface.
import type { Severity } from "../../policies/engine/rule";
import type { Check } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Terminal } from "../core/tools";
import type { MachineTools } from "../machine/port";
import type { Comparison } from "./compare";
import { write } from "./formats";
import { inQuestion } from "./formats/shared";
import type { CheckTools } from "./port";
import { type Report, reaches } from "./report";

export interface Presentation {
  format: string;
  /** File for the format; people still get the pretty one. */
  output: string | undefined;
  /** Least severity that makes the command fail. */
  failOn: Severity | "none";
}

export async function outcomeOf(
  context: CheckTools & MachineTools & Pick<Terminal, "color">,
  { format, output, failOn: threshold }: Presentation,
  report: Report,
  comparison: Comparison | undefined,
): Promise<Outcome> {
  const bad = inQuestion(report, comparison).filter(({ rule }) =>
    reaches(report.rules[rule]!.severity, threshold),
  );
  const options = { color: context.color, ...(comparison ? { comparison } : {}) };
  const summary = write("pretty", report, options);
  const document = format === "pretty" ? undefined : write(format, report, options);
  if (output !== undefined)
    await context.host.writeOutput(output, document ?? write("pretty", report, { ...options, color: false }));
  return {
    checks: checksOf(report, threshold),
    measurements: report.surfaces.flatMap(({ surface, subjects, results }) => [
      { name: `${surface}-subjects`, value: subjects, unit: "1" },
      { name: `${surface}-results`, value: results, unit: "1" },
    ]),
    artifacts: [],
    facts: { date: report.date, surfaces: report.surfaces, rules: report.rules.length },
    summary,
    ...(document !== undefined && output === undefined ? { document } : {}),
    markdown: write("markdown", report, options),
    json: comparison ? { ...report, comparison } : report,
    exit: report.problems.length > 0 ? "inconclusive" : bad.length > 0 ? "fail" : "ok",
  };
}

/** One check a surface. What has no subject was not checked, and says so. */
function checksOf(report: Report, threshold: Severity | "none"): Check[] {
  const checks = report.surfaces.map(({ surface, subjects, results, fail, waived, unknown }): Check => {
    const bad = report.results.filter(
      ({ rule, subject, verdict }) =>
        verdict === "fail" &&
        report.subjects[subject]!.surface === surface &&
        reaches(report.rules[rule]!.severity, threshold),
    ).length;
    const detail = `${subjects} subjects, ${results} results: ${fail} fail, ${waived} waived, ${unknown} unknown`;
    return {
      name: `rules-${surface}`,
      verdict: subjects === 0 ? "not-applicable" : bad > 0 ? "fail" : "pass",
      detail,
    };
  });
  const { problems } = report;
  const unread: Check[] =
    problems.length === 0
      ? []
      : [
          {
            name: "readable",
            verdict: "inconclusive",
            detail: `${problems.length} problems, first: ${problems[0]!.file}: ${problems[0]!.message}`,
          },
        ];
  return [...checks, ...unread];
}
