// A drill report as GitHub-flavoured Markdown, for step summaries and pull requests. Data is escaped: it stays text.

import type { Check } from "../../core/evidence";
import { showInstant } from "../../core/instant";
import { formatDelta, formatSeconds } from "../../core/text/format";
import { escapeMarkup } from "../../core/text/markup";
import { printable } from "../../core/text/text";
import { compare } from "./compare";
import { type Judgement, judge, verdictOf, within } from "./judge";
import { WORDS } from "./languages";
import type { DrillReport, Scenario } from "./model";
import { sentence } from "./words";

const words = WORDS.en;
/** Emoji, because Markdown has no colour. */
const SIGNS = { pass: "✅", fail: "❌", inconclusive: "⚠️", "not-applicable": "➖" } as const;
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "|": "&#124;",
};

/** One line of text that Markdown shows as it is: no markup, no table column, no mention, no link. */
export function escapeMarkdown(text: string): string {
  const escaped = printable(text)
    .replace(/[\\`*_{}[\]#~$!]/g, "\\$&")
    .replace(/[&<>|]/g, (character) => ENTITIES[character] ?? character);
  return unlinked(escaped).trim();
}

/** Inside an HTML block Markdown's own escapes are not read. */
function inHtml(text: string): string {
  return unlinked(escapeMarkup(text));
}

/** GitHub makes links of addresses and notifies whoever is mentioned. */
function unlinked(text: string): string {
  return text.replaceAll("@", "&#64;").replaceAll("://", ":&#47;&#47;");
}

export function renderMarkdown(report: DrillReport): string {
  const judgement = judge(report);
  const { verdict } = judgement;
  const blocks = [
    `## ${SIGNS[verdict]} ${words.report}: ${words.verdicts[verdict]}`,
    `**${escapeMarkdown(report.title)}**`,
    words.statements[verdict],
    ...reasons(judgement),
    summary(report),
    ...report.scenarios.map((scenario) => details(scenario, report)),
    `### ${words.isolation}`,
    report.isolation.length === 0 ? `${SIGNS.inconclusive} ${words.isolationNone}` : checks(report.isolation),
    ...comparison(report),
    `### ${words.evidence}`,
    evidence(report),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function reasons({ reasons }: Judgement): string[] {
  const items = reasons.map(
    (reason) => `- ${SIGNS[reason.verdict]} ${escapeMarkdown(sentence(words, reason))}`,
  );
  return items.length === 0 ? [] : [items.join("\n")];
}

function summary(report: DrillReport): string {
  const { rtoSeconds, rpoSeconds } = report.targets;
  const rows = report.scenarios.map((scenario) => [
    `${escapeMarkdown(scenario.id)}: ${escapeMarkdown(scenario.name)}`,
    measured(scenario.rtoSeconds, rtoSeconds),
    measured(scenario.rpoSeconds, rpoSeconds),
    verdictCell(verdictOf(scenario, report)),
  ]);
  const targets = ["target", formatSeconds(rtoSeconds), formatSeconds(rpoSeconds), ""];
  const predicted =
    report.predictedRtoSeconds === undefined
      ? []
      : [["predicted", formatSeconds(report.predictedRtoSeconds), "", ""]];
  return table([words.scenario, words.rto, words.rpo, words.verdict], [...rows, targets, ...predicted]);
}

function measured(seconds: number | undefined, target: number): string {
  if (seconds === undefined) return words.notMeasured;
  return within(seconds, target) ? formatSeconds(seconds) : `**${formatSeconds(seconds)}** ${SIGNS.fail}`;
}

function verdictCell(verdict: Check["verdict"]): string {
  return `${SIGNS[verdict]} ${words.verdicts[verdict]}`;
}

function details(scenario: Scenario, report: DrillReport): string {
  const verdict = verdictOf(scenario, report);
  const { target } = scenario;
  const instant = target.kind === "latest" ? "" : `, ${showInstant(target.at)}`;
  const point = target.kind === "restore-point" ? ` ${escapeMarkdown(target.name)}` : "";
  const phases = scenario.phases.map((phase) => [
    escapeMarkdown(phase.name),
    formatSeconds(phase.startSeconds),
    formatSeconds(phase.seconds),
  ]);
  const open = verdict === "pass" ? "" : " open";
  return [
    `<details${open}><summary>${SIGNS[verdict]} ${words.scenario} ${inHtml(`${scenario.id}: ${scenario.name}`)}</summary>`,
    `${words.restoredTo} ${words.targets[target.kind]}${point}${instant}; ${words.backup.toLowerCase()} ${escapeMarkdown(scenario.backup ?? words.none)}`,
    phases.length === 0 ? words.noPhases : table([words.phase, words.startedAt, words.duration], phases),
    scenario.checks.length === 0 ? `${SIGNS.inconclusive} ${words.noChecks}` : checks(scenario.checks),
    "</details>",
  ].join("\n\n");
}

function checks(list: readonly Check[]): string {
  const rows = list.map((check) => [
    verdictCell(check.verdict),
    escapeMarkdown(check.name),
    escapeMarkdown(check.detail),
    check.seconds === undefined ? "" : formatSeconds(check.seconds),
  ]);
  return table([words.verdict, words.check, words.found, words.duration], rows);
}

function comparison(report: DrillReport): string[] {
  if (!report.previous) return [];
  const rows = compare(report).map((change) => [
    escapeMarkdown(change.scenario),
    escapeMarkdown(change.name),
    change.before === undefined ? "–" : formatSeconds(change.before),
    change.now === undefined ? "–" : formatSeconds(change.now),
    [
      change.delta === undefined ? "" : formatDelta(change.delta),
      change.mark ? `**${words.marks[change.mark]}**` : "",
    ]
      .join(" ")
      .trim(),
  ]);
  const head = [words.scenario, words.phase, words.before, words.now, words.change];
  return [`### ${words.comparison} (${showInstant(report.previous.started)})`, table(head, rows)];
}

function evidence(report: DrillReport): string {
  const signed = report.evidence
    ? `${words.file} ${escapeMarkdown(report.evidence.file)}, SHA-256 ${escapeMarkdown(report.evidence.sha256)}`
    : words.evidenceNone;
  const seconds = (report.finished.getTime() - report.started.getTime()) / 1000;
  const tools = Object.entries(report.tools).map(([name, version]) => escapeMarkdown(`${name} ${version}`));
  return [
    signed,
    `${words.started} ${showInstant(report.started)}, ${words.took.toLowerCase()} ${formatSeconds(seconds)}; ${escapeMarkdown(report.environment)}, platform ${escapeMarkdown(report.platform)}; ${words.actor.toLowerCase()} ${escapeMarkdown(report.actor)}; ${words.commit.toLowerCase()} ${escapeMarkdown(report.gitCommit ?? words.none)}; ${tools.join(", ")}`,
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
