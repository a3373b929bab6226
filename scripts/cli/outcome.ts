// The result of any job in a few lines, for a terminal and for a step summary. Pure; drills have a report of their own.
import type { Check, Measurement, Verdict } from "../core/evidence";
import type { Command } from "../core/job";
import { formatAmount, formatSeconds } from "../core/text/format";
import { SIGNS } from "../core/text/signs";
import { NO_PLATFORM, type Operated } from "../core/tools";

export interface JobResult {
  job: string;
  verdict: Verdict;
  checks: readonly Check[];
  measurements: readonly Measurement[];
}

/** Measurements that somebody promised something about, or asked for; phases are shown as they happen. */
function told(measurements: readonly Measurement[]): Measurement[] {
  return measurements.filter(({ name }) => !name.startsWith("phase: "));
}

/** `RTO 4.2 s (promised 1 h)`: one line a measurement. */
export function renderMeasurements(measurements: readonly Measurement[]): string {
  return told(measurements)
    .map(({ name, value, unit, target }) => {
      const promised = target === undefined ? "" : `  (promised ${showMeasured(target, unit)})`;
      return `${name.padEnd(20)}  ${showMeasured(value, unit)}${promised}`;
    })
    .join("\n");
}

/** GitHub-flavoured Markdown: verdict, checks, measurements. */
export function renderResultMarkdown({ job, verdict, checks, measurements }: JobResult): string {
  const cell = (text: string): string =>
    text.replace(/[\\|<>&`*_[\]]/g, (c) => `&#${c.charCodeAt(0)};`).replace(/\s+/g, " ");
  const rows = checks.map(
    (check) => `| ${SIGNS[check.verdict]} | ${cell(check.name)} | ${cell(check.detail)} |`,
  );
  const figures = told(measurements).map(
    ({ name, value, unit, target }) =>
      `| ${cell(name)} | ${showMeasured(value, unit)} | ${target === undefined ? "" : showMeasured(target, unit)} |`,
  );
  return [
    `## ${SIGNS[verdict]} ops ${job}: ${verdict}`,
    ...(rows.length > 0 ? ["", "| | check | what was found |", "|---|---|---|", ...rows] : []),
    ...(figures.length > 0 ? ["", "| measured | value | promised |", "|---|---|---|", ...figures] : []),
    "",
  ].join("\n");
}

/**
 * The last line of a job, for people: which environment and platform it acted on.
 * @param verb `Acted`, `Would act`, `Failed`
 * @param recorded whether evidence was left: it belongs to an environment whatever the command works on
 * @returns no line for what works on the checkout alone and left no evidence
 */
export function actedOn(
  command: Pick<Command<never>, "target">,
  { environment, platformName }: Pick<Operated, "environment" | "platformName">,
  verb: string,
  recorded = false,
): string[] {
  if (command.target === "checkout" && !recorded) return [];
  const platform = platformName === NO_PLATFORM ? "no platform of its own" : `platform ${platformName}`;
  return [`${verb} on  environment ${environment}, ${platform}`];
}

/** A measured or promised value, for people. */
export function showMeasured(value: number, unit: string): string {
  return unit === "s" ? formatSeconds(value) : formatAmount(value, unit);
}
