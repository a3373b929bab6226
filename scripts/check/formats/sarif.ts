// A report as SARIF 2.1.0 (OASIS), as GitHub code scanning takes it: every result has a file, a line and a fingerprint.
import { createHash } from "node:crypto";
import type { Location, Log, Notification, ReportingDescriptor, Result } from "sarif";
import type { Severity } from "../../../policies/engine/rule";
import type { Place } from "../../../policies/engine/subject";
import { freshPart } from "../compare";
import { failures, type Report, type ReportedFinding, type ReportedResult, type RuleFacts } from "../report";
import type { FormatOptions } from "./format";
import { type Alike, alike, ruleOf, showClauses, showStandard, subjectOf } from "./shared";

const LEVELS: Readonly<Record<Severity, Result.level>> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
};

/** GitHub sorts by these figures: over 9 critical, over 7 high, over 4 medium. */
const SECURITY: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
};

/** Where what has no file of its own is shown: a result without a location is refused. */
const NOWHERE: Place = { file: "Pulumi.yaml", line: 1, column: 1 };

export function sarif(report: Report, { comparison }: FormatOptions): string {
  const numbers = new Map<string, number>();
  const wrong = alike(report, failures(report)).flatMap((group): Result[] => {
    const fresh = comparison && new Set(freshPart(comparison, report, group.results[0]!)?.findings);
    return group.results[0]!.findings.filter(({ unknown }) => !unknown).map((finding) => ({
      ...resultOf(report, group, finding, numbers),
      ...(fresh ? { baselineState: fresh.has(finding) ? "new" : "unchanged" } : {}),
    }));
  });
  const waived = report.results
    .filter(({ verdict }) => verdict === "waived")
    .flatMap((result) =>
      result.findings.map(
        (finding): Result => ({
          ...resultOf(report, alike(report, [result])[0]!, finding, numbers),
          suppressions: [
            {
              kind: "external",
              status: "accepted",
              justification: `${result.waiver!.owner}, until ${result.waiver!.expires}: ${result.waiver!.reason}`,
            },
          ],
        }),
      ),
    );
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "ops check", semanticVersion: "1.0.0", rules: report.rules.map(ruleDescriptor) },
        },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: report.problems.length === 0,
            toolExecutionNotifications: [...problemNotes(report), ...unknownNotes(report)],
          },
        ],
        results: [...wrong, ...waived],
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleDescriptor(rule: RuleFacts): ReportingDescriptor {
  const { id, severity, title, why, remedy, clauses, standards } = rule;
  return {
    id,
    name: id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: `${remedy} (${showClauses(rule)})` },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      tags: ["security", ...clauses, ...standards.map(showStandard)],
      "security-severity": SECURITY[severity],
    },
  };
}

function resultOf(
  report: Report,
  { results, where }: Alike,
  { path, message, place }: ReportedFinding,
  numbers: Map<string, number>,
): Result {
  const rule = ruleOf(report, results[0]!);
  const { surface, type, name } = subjectOf(report, results[0]!);
  const in_ = where.length > 0 ? ` (${where.join(", ")})` : "";
  const identity = [
    rule.id,
    surface,
    type,
    name,
    ...path.map((step) => (typeof step === "number" ? "*" : step)),
  ];
  return {
    ruleId: rule.id,
    ruleIndex: results[0]!.rule,
    level: LEVELS[rule.severity],
    message: { text: `${type} ${name}${in_}: ${message}. ${rule.remedy} [${showClauses(rule)}]` },
    locations: [locationOf(place ?? NOWHERE)],
    partialFingerprints: { "opsCheck/v1": fingerprint(identity.join("\0"), numbers) },
  };
}

function locationOf({ file, line, column }: Place): Location {
  const uri = file.split("/").map(encodeURIComponent).join("/");
  const artifactLocation = { uri, uriBaseId: "%SRCROOT%" };
  return { physicalLocation: { artifactLocation, region: { startLine: line, startColumn: column } } };
}

/** The same for one thing from commit to commit, whatever line it moves to; the second of two like ones gets a number. */
function fingerprint(identity: string, numbers: Map<string, number>): string {
  const number = (numbers.get(identity) ?? 0) + 1;
  numbers.set(identity, number);
  return createHash("sha256").update(`${identity}\0${number}`).digest("hex").slice(0, 32);
}

function problemNotes({ problems }: Report): Notification[] {
  return problems.map(({ message, expected, ...place }) => ({
    level: "error",
    message: { text: expected === undefined ? message : `${message} (expected ${expected})` },
    locations: [locationOf(place)],
  }));
}

/** What only deployment can tell is no alert, and not silence either. */
function unknownNotes(report: Report): Notification[] {
  const unknown = report.results.filter(({ verdict }) => verdict === "unknown");
  return unknown.map((result: ReportedResult) => ({
    level: "note",
    message: { text: `${subjectOf(report, result).id}: ${result.findings[0]!.message}` },
    associatedRule: { id: ruleOf(report, result).id, index: result.rule },
  }));
}
