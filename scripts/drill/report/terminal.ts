// A drill report for a terminal: plain text of a given width, coloured or not.

import picocolors from "picocolors";
import type { Check, CheckVerdict } from "../../core/evidence";
import { showInstant } from "../../core/instant";
import { type Cell, renderTable, type Tone } from "../../core/table";
import { formatDelta, formatSeconds } from "../../core/text/format";
import { SIGNS } from "../../core/text/signs";
import { clip, columnsOf, pad, printable, wrap } from "../../core/text/text";
import { compare } from "./compare";
import { judge, verdictOf, within } from "./judge";
import { WORDS } from "./languages";
import type { DrillReport, Scenario } from "./model";
import { sentence } from "./words";

const words = WORDS.en;
const TONES: Record<CheckVerdict, Tone> = {
  pass: "good",
  fail: "bad",
  inconclusive: "warn",
  "not-applicable": "dim",
};
const BAR_COLUMNS = { least: 10, most: 40 };

export interface TerminalOptions {
  color: boolean;
  /** Columns of the terminal; 100 when it is not one. */
  width: number;
}

interface Paint {
  verdict(verdict: CheckVerdict, text: string): string;
  bold(text: string): string;
  quiet(text: string): string;
}

function paintOf(color: boolean): Paint {
  const colors = picocolors.createColors(color);
  const tones = {
    pass: colors.green,
    fail: colors.red,
    inconclusive: colors.yellow,
    "not-applicable": colors.dim,
  };
  return { verdict: (verdict, text) => tones[verdict](text), bold: colors.bold, quiet: colors.dim };
}

export function renderTerminal(report: DrillReport, options: TerminalOptions): string {
  const paint = paintOf(options.color);
  const { verdict, reasons } = judge(report);
  const headline = `${SIGNS[verdict]} ${words.verdicts[verdict].toUpperCase()}`;
  const why = reasons.map((reason) =>
    hanging(
      paint.verdict(reason.verdict, `  ${SIGNS[reason.verdict]} `),
      printable(sentence(words, reason)),
      options.width,
    ),
  );
  const blocks = [
    `${paint.verdict(verdict, paint.bold(headline))}  ${paint.bold(printable(report.title))}`,
    [words.statements[verdict], ...why].join("\n"),
    summary(report, paint, options),
    ...report.scenarios.map((scenario) => scenarioBlock(scenario, report, paint, options)),
    checksBlock(words.isolation, report.isolation, words.isolationNone, paint, options),
    ...comparison(report, options),
    footer(report, paint),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function summary(report: DrillReport, paint: Paint, options: TerminalOptions): string {
  const { rtoSeconds, rpoSeconds } = report.targets;
  const predicted = report.predictedRtoSeconds;
  const rows = report.scenarios.map((scenario): Cell[] => {
    const verdict = verdictOf(scenario, report);
    return [
      printable(scenario.id),
      printable(scenario.name),
      measured(scenario.rtoSeconds, rtoSeconds),
      measured(scenario.rpoSeconds, rpoSeconds),
      { text: `${SIGNS[verdict]} ${verdict}`, tone: TONES[verdict] },
    ];
  });
  const targets = `${words.target}: RTO ${formatSeconds(rtoSeconds)}, RPO ${formatSeconds(rpoSeconds)}`;
  const prediction =
    predicted === undefined ? "" : `; ${words.predicted.toLowerCase()} RTO ${formatSeconds(predicted)}`;
  const head = ["", words.scenario, words.rto, words.rpo, words.verdict];
  const table = renderTable({
    head,
    rows,
    color: options.color,
    maxWidths: [0, Math.max(20, options.width - 62)],
  });
  return `${table}\n${paint.quiet(targets + prediction)}`;
}

function measured(seconds: number | undefined, target: number): Cell {
  if (seconds === undefined) return { text: words.notMeasured, tone: "dim" };
  const text = formatSeconds(seconds);
  return within(seconds, target) ? text : { text: `${text} ${words.missed}`, tone: "bad" };
}

function scenarioBlock(
  scenario: Scenario,
  report: DrillReport,
  paint: Paint,
  options: TerminalOptions,
): string {
  const verdict = verdictOf(scenario, report);
  const { target } = scenario;
  const instant = target.kind === "latest" ? "" : `, ${showInstant(target.at)}`;
  const point = target.kind === "restore-point" ? ` ${printable(target.name)}` : "";
  const title = `${words.scenario} ${printable(scenario.id)}: ${printable(scenario.name)}`;
  return [
    `${paint.verdict(verdict, SIGNS[verdict])} ${paint.bold(title)}`,
    hanging("  ", `${words.restoredTo} ${words.targets[target.kind]}${point}${instant}`, options.width),
    hanging("  ", `${words.backup} ${printable(scenario.backup ?? words.none)}`, options.width),
    phaseTable(scenario, options),
    checksBlock(undefined, scenario.checks, words.noChecks, paint, options),
  ].join("\n");
}

function phaseTable(scenario: Scenario, options: TerminalOptions): string {
  if (scenario.phases.length === 0) return `  ${words.noPhases}`;
  const end = Math.max(...scenario.phases.map((phase) => phase.startSeconds + phase.seconds));
  const longest = Math.max(...scenario.phases.map((phase) => columnsOf(printable(phase.name))));
  const columns = Math.min(BAR_COLUMNS.most, Math.max(BAR_COLUMNS.least, options.width - longest - 40));
  const rows = scenario.phases.map((phase) => [
    printable(phase.name),
    formatSeconds(phase.startSeconds),
    formatSeconds(phase.seconds),
    ganttBar(phase.startSeconds / end, phase.seconds / end, columns),
  ]);
  const head = [words.phase, words.startedAt, words.duration, words.timeline];
  return renderTable({ head, rows, color: options.color });
}

/** A bar at its place in time, never shorter than one column; shares that are no number count as nothing. */
function ganttBar(start: number, share: number, columns: number): string {
  const bounded = (value: number, least: number, most: number): number =>
    Math.min(most, Math.max(least, Number.isFinite(value) ? Math.round(value) : least));
  const from = bounded(start * columns - 0.5, 0, columns - 1);
  const length = bounded(share * columns, 1, columns - from);
  return "·".repeat(from) + "━".repeat(length) + "·".repeat(columns - from - length);
}

function checksBlock(
  title: string | undefined,
  checks: readonly Check[],
  none: string,
  paint: Paint,
  { width }: TerminalOptions,
): string {
  const longest = Math.min(28, Math.max(0, ...checks.map((check) => columnsOf(printable(check.name)))));
  const lines = checks.map((check) => {
    const name = pad(clip(printable(check.name), longest), longest);
    const took = check.seconds === undefined ? "" : ` (${formatSeconds(check.seconds)})`;
    const lead = `  ${paint.verdict(check.verdict, `${SIGNS[check.verdict]} ${name}`)}  `;
    return hanging(lead, printable(check.detail) + took, width);
  });
  if (checks.length === 0) lines.push(`  ${paint.verdict("inconclusive", `${SIGNS.inconclusive} ${none}`)}`);
  return title === undefined ? lines.join("\n") : [paint.bold(title), ...lines].join("\n");
}

function comparison(report: DrillReport, options: TerminalOptions): string[] {
  if (!report.previous) return [];
  const rows = compare(report).map((change) => [
    printable(change.scenario),
    printable(change.name),
    change.before === undefined ? "–" : formatSeconds(change.before),
    change.now === undefined ? "–" : formatSeconds(change.now),
    change.delta === undefined ? "" : formatDelta(change.delta),
    change.mark === undefined ? "" : words.marks[change.mark],
  ]);
  const title = `${words.comparison}, ${showInstant(report.previous.started)}`;
  const head = ["", words.phase, words.before, words.now, words.change, ""];
  const table = renderTable({ head, rows, color: options.color });
  return [`${title}\n${table}`];
}

function footer(report: DrillReport, paint: Paint): string {
  const { evidence } = report;
  const signed = evidence
    ? `${words.evidence} ${printable(evidence.file)}\nsha256   ${printable(evidence.sha256)}`
    : paint.quiet(words.evidenceNone);
  const who = `${printable(report.environment)} · ${printable(report.platform)} · ${printable(report.actor)} · ${words.commit.toLowerCase()} ${printable(report.gitCommit ?? words.none)}`;
  return `${signed}\n${paint.quiet(who)}`;
}

/** Text wrapped to the width, its later lines under its first word. */
function hanging(lead: string, text: string, width: number): string {
  const indent = columnsOf(lead);
  const lines = wrap(text, Math.max(24, width - indent));
  return lead + lines.join(`\n${" ".repeat(indent)}`);
}
