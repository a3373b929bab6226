// A report as workflow commands: annotations at the lines of a pull request. Escaping as in actions/toolkit,
// packages/core/src/command.ts.
import type { Severity } from "../../../policies/engine/rule";
import type { Place } from "../../../policies/engine/subject";
import type { Report } from "../report";
import type { FormatOptions } from "./format";
import { alike, inQuestion, ruleOf, showClauses, subjectOf } from "./shared";

const COMMANDS: Readonly<Record<Severity, "error" | "warning" | "notice">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "notice",
};

export function github(report: Report, { comparison }: FormatOptions): string {
  const wrong = alike(report, inQuestion(report, comparison)).flatMap(({ results, where }) => {
    const rule = ruleOf(report, results[0]!);
    const { type, name } = subjectOf(report, results[0]!);
    const among = where.length > 0 ? ` (${where.join(", ")})` : "";
    return results[0]!.findings
      .filter(({ unknown }) => !unknown)
      .map(({ message, place }) =>
        command(COMMANDS[rule.severity], place, `${rule.id} [${showClauses(rule)}]`, [
          `${type} ${name}${among}: ${message}`,
          `To do: ${rule.remedy}`,
        ]),
      );
  });
  const unread = report.problems.map(({ message, expected, ...place }) =>
    command("error", place, "unreadable", [
      expected === undefined ? message : `${message} (expected ${expected})`,
    ]),
  );
  const totals = report.surfaces.map(
    ({ surface, subjects, pass, fail, waived, unknown }) =>
      `${surface}: ${subjects} subjects, ${pass} pass, ${fail} fail, ${waived} waived, ${unknown} unknown`,
  );
  return `${[...unread, ...wrong, ...totals].join("\n")}\n`;
}

function command(name: string, place: Place | undefined, title: string, lines: readonly string[]): string {
  const where = place ? `file=${property(place.file)},line=${place.line},col=${place.column},` : "";
  return `::${name} ${where}title=${property(title)}::${data(lines.join("\n"))}`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
