// A report as JUnit XML (junit-4.xsd of Jenkins): a suite a rule, a case a subject.
import { showProblem } from "../../../policies/engine/yaml";
import { constant, lines, type Markup, markup } from "../../core/text/markup";
import { freshPart } from "../compare";
import type { Report, ReportedResult, RuleFacts } from "../report";
import type { FormatOptions } from "./format";
import { showClauses, showPlace, subjectOf } from "./shared";

interface Suite {
  name: string;
  cases: Markup[];
  failures: number;
  errors: number;
  skipped: number;
}

export function junit(report: Report, { comparison }: FormatOptions): string {
  const suites = report.rules.map((rule, index): Suite => {
    const suite: Suite = { name: rule.id, cases: [], failures: 0, errors: 0, skipped: 0 };
    for (const result of report.results) {
      if (result.rule !== index) continue;
      const before = comparison && result.verdict === "fail" && !freshPart(comparison, report, result);
      suite.cases.push(testCase(report, rule, result, before ? comparison.commit : undefined, suite));
    }
    return suite;
  });
  const unread: Suite = {
    name: "readable",
    cases: [],
    failures: 0,
    errors: report.problems.length,
    skipped: 0,
  };
  for (const problem of report.problems) {
    const error = markup`<error message="${showProblem(problem)}" type="unreadable"/>`;
    unread.cases.push(caseOf("readable", problem.file, error));
  }
  const filled = [...suites, unread].filter(({ cases }) => cases.length > 0);
  const sum = (key: "failures" | "errors" | "skipped"): number =>
    filled.reduce((total, suite) => total + suite[key], 0);
  const tests = filled.reduce((total, { cases }) => total + cases.length, 0);
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="ops check" tests="${tests}" failures="${sum("failures")}" errors="${sum("errors")}" time="0">
${filled.map((suite) => suiteXml(suite, report.date))}</testsuites>
`.text;
}

function suiteXml({ name, cases, failures, errors, skipped }: Suite, date: string): Markup {
  return markup`  <testsuite name="${name}" tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="0" timestamp="${date}T00:00:00">
${cases}  </testsuite>
`;
}

function testCase(
  report: Report,
  rule: RuleFacts,
  result: ReportedResult,
  before: string | undefined,
  suite: Suite,
): Markup {
  const { id, surface, type } = subjectOf(report, result);
  const classname = `${surface} ${type}`;
  const { verdict, findings, waiver } = result;
  if (verdict === "pass") return caseOf(classname, id);
  if (verdict === "fail" && before === undefined) {
    suite.failures++;
    const text = findings.map(({ message, place }) => (place ? `${showPlace(place)}: ${message}` : message));
    const body = [...text, `to do: ${rule.remedy}`, showClauses(rule)].join("\n");
    const [first] = findings.filter(({ unknown }) => !unknown);
    const message = first?.message ?? rule.title;
    return caseOf(
      classname,
      id,
      markup`<failure message="${message}" type="${rule.severity}">${lines(body)}</failure>`,
    );
  }
  suite.skipped++;
  const why = waiver
    ? `waived by ${waiver.owner} until ${waiver.expires}: ${waiver.reason}`
    : before
      ? `there before ${before.slice(0, 10)}: ${findings[0]?.message}`
      : `unknown: ${findings[0]?.message}`;
  // As text: the schema gives this element no attribute.
  return caseOf(classname, id, markup`<skipped>${lines(why)}</skipped>`);
}

function caseOf(classname: string, name: string, inner?: Markup): Markup {
  return markup`    <testcase classname="${classname}" name="${name}" time="0"${inner ? markup`>${inner}</testcase>` : constant("/>")}
`;
}
