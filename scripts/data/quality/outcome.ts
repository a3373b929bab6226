// The outcome of a check of the data: one check a rule, the findings as a table, and what is remembered. Pure.
import type { DataRule } from "../../../policies/data/quality";
import type { Check, Measurement } from "../../core/evidence";
import { fail, inconclusive, notApplicable, pass } from "../../core/finding";
import { shanghaiDate } from "../../core/instant";
import { type Cell, renderTable } from "../../core/table";
import { printable } from "../../core/text/text";
import type { DataFinding } from "./facts";
import type { RuleResult, SampledRow } from "./result";
import { isOverdue, type Trend } from "./work";

/** What is known of a rule after this run. */
export interface Judged {
  rule: DataRule;
  /** Undefined when it was not due: what it last found stands. */
  result: RuleResult | undefined;
  finding: DataFinding | undefined;
  trend: Trend;
}

/** Objects named in one sentence. */
const SHOWN = 5;

export function checkOf({ rule, result, finding, trend }: Judged, now: Date): Check {
  const { id: name } = rule;
  const seconds = result === undefined ? {} : { seconds: result.seconds };
  if (result?.notApplicable !== undefined) return { name, ...notApplicable(result.notApplicable) };
  const late = finding !== undefined && isOverdue(finding, now);
  if (finding && (result === undefined || result.count > 0)) {
    const detail = [
      `${counted(finding)} ${rule.title.zh} / ${rule.title.en}${trendText(finding, trend)}`,
      ...(result ? [where(result)] : ["not due now: as last found"]),
      ...unableText(result),
      `owner ${finding.owner}, ${late ? "OVERDUE since" : "by"} ${shanghaiDate(new Date(finding.deadline))}, first seen ${shanghaiDate(new Date(finding.firstSeen))}`,
    ].filter((part) => part !== "");
    const fails = late || finding.severity === "error";
    const untold = !fails && (result?.unable.length ?? 0) > 0;
    const text = detail.join("; ");
    return {
      name,
      ...(fails ? fail(text) : untold ? inconclusive(text) : pass(`warning: ${text}`)),
      ...seconds,
    };
  }
  if (result && result.unable.length > 0) {
    const stands = finding ? `; ${counted(finding)} when it was last run` : "";
    const text = `${unableText(result).join("")}${stands}`;
    // What is overdue does not become young by not being looked at.
    return {
      name,
      ...(late
        ? fail(`${text}; OVERDUE since ${shanghaiDate(new Date(finding.deadline))}`)
        : inconclusive(text)),
      ...seconds,
    };
  }
  return {
    name,
    ...pass(result ? `nothing${gone(trend)}` : "not due now: nothing when it was last run"),
    ...seconds,
  };
}

const counted = ({ count, atLeast }: Pick<DataFinding, "count" | "atLeast">): string =>
  `${atLeast ? "at least " : ""}${count}:`;

const gone = ({ before }: Trend): string => (before ? `; ${before} before` : "");

function trendText({ count, atLeast }: DataFinding, { before }: Trend): string {
  if (before === undefined) return "";
  if (before === count) return " (as before)";
  return ` (${before} before, ${atLeast ? "now at least " : ""}${count > before ? "+" : "−"}${Math.abs(count - before)})`;
}

const showKey = ({ object, key }: SampledRow): string => {
  const all = Object.entries(key).map(([column, value]) => `${column} ${value}`);
  return printable(`${object === undefined ? "" : `${object}: `}${all.join(", ")}`);
};

function where({ sample, told }: RuleResult): string {
  const all = [...told.map(printable), ...sample.map(showKey)];
  const more = all.length > SHOWN ? " …" : "";
  return all.length === 0 ? "" : `e.g. ${all.slice(0, SHOWN).join(" | ")}${more}`;
}

function unableText(result: RuleResult | undefined): string[] {
  const { unable = [] } = result ?? {};
  if (unable.length === 0) return [];
  const more = unable.length > SHOWN ? `; and ${unable.length - SHOWN} more` : "";
  return [`not looked at: ${unable.slice(0, SHOWN).map(printable).join("; ")}${more}`];
}

export function measurementsOf(judged: readonly Judged[]): Measurement[] {
  const findings = judged.flatMap(({ finding }) => finding ?? []);
  const rows = (severity: string): number =>
    findings.filter((one) => one.severity === severity).reduce((sum, { count }) => sum + count, 0);
  return [
    {
      name: "rules-run",
      value: judged.filter(({ result }) => result && result.notApplicable === undefined).length,
      unit: "rules",
    },
    { name: "findings", value: findings.length, unit: "rules" },
    { name: "wrong-rows-error", value: rows("error"), unit: "rows" },
    { name: "wrong-rows-warning", value: rows("warning"), unit: "rows" },
  ];
}

export function showFindings(judged: readonly Judged[], now: Date, color: boolean): string {
  const found = judged.filter(({ finding }) => finding !== undefined);
  if (found.length === 0) return `No finding in ${judged.length} rules.`;
  const rows = found.map(({ rule, result, finding, trend }): Cell[] => {
    const { count, atLeast, severity, owner, deadline } = finding!;
    const late = isOverdue(finding!, now);
    return [
      { text: rule.id, tone: severity === "error" || late ? "bad" : "warn" },
      `${atLeast ? "≥ " : ""}${count}`,
      trend.before === undefined ? "-" : String(trend.before),
      severity,
      rule.modules.join(", "),
      owner,
      { text: `${late ? "overdue " : ""}${shanghaiDate(new Date(deadline))}`, tone: late ? "bad" : "dim" },
      [rule.title.zh, rule.title.en, result ? where(result) : "", rule.repair ?? ""]
        .filter(Boolean)
        .join("; "),
    ];
  });
  const head = ["Rule", "Rows", "Before", "Severity", "Modules", "Owner", "By", "What"];
  return renderTable({ head, rows, color, maxWidths: [0, 0, 0, 0, 18, 0, 11, 60] });
}

/** For the report and the step summary: keys in whole. */
export function markdownOf(judged: readonly Judged[], now: Date): string {
  const cell = (text: string): string => printable(text).replaceAll("|", "\\|");
  const lines = judged.flatMap(({ rule, result, finding, trend }) => {
    if (!finding) return [];
    const by = `${isOverdue(finding, now) ? "**overdue** " : ""}${shanghaiDate(new Date(finding.deadline))}`;
    const count = `${finding.atLeast ? "≥ " : ""}${finding.count}`;
    const keys = result
      ? [...result.told, ...result.sample.map(showKey)].map(cell).join("<br>")
      : "not due now";
    const title = cell(`${rule.title.zh} / ${rule.title.en}`);
    return [
      `| ${rule.id} | ${title} | ${count} | ${trend.before ?? "–"} | ${finding.severity} | ${finding.owner} | ${by} | ${keys} |`,
    ];
  });
  if (lines.length === 0) return "";
  return [
    "| Rule 规则 | What 问题 | Rows 数量 | Before 上次 | Severity | Owner 负责人 | By 期限 | Keys 键 |",
    "|---|---|---|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}
