// A release in tables for a terminal: what changes, what the gates say, what was measured.
import type { Check, CheckVerdict, Measurement } from "../core/evidence";
import { type Cell, renderTable, type Tone } from "../core/table";
import { formatAmount, formatSeconds } from "../core/text/format";
import { SIGNS } from "../core/text/signs";
import type { ReleasePlan } from "./plan";

export interface DeliveryReport {
  kind: "ship" | "promote" | "rollback";
  plan: ReleasePlan;
  checks: readonly Check[];
  measurements: readonly Measurement[];
  color: boolean;
  width: number;
  /** How it is rolled out. */
  how: string;
  aborted: boolean;
  /** File of the notes. */
  notes?: string;
}

const TONE: Readonly<Record<CheckVerdict, Tone>> = {
  pass: "good",
  fail: "bad",
  inconclusive: "warn",
  "not-applicable": "dim",
};

/** Columns that all but the last of the table of checks take, with their borders. */
const FIXED_WIDTH = 35;

export function renderChanges({ plan, color }: Pick<DeliveryReport, "plan" | "color">): string {
  const rows = plan.changes.map(({ app, from, to }): Cell[] => [
    app,
    from?.version ?? "-",
    to.version,
    to.digest.slice(0, "sha256:".length + 12),
  ]);
  return renderTable({ head: ["App", "From", "To", "Digest"], rows, color });
}

export function renderChecks({
  checks,
  color,
  width,
}: Pick<DeliveryReport, "checks" | "color" | "width">): string {
  const rows = checks.map(({ name, verdict, detail }): Cell[] => [
    { text: SIGNS[verdict], tone: TONE[verdict] },
    name,
    detail,
  ]);
  return renderTable({
    head: ["", "Gate or check", "What was found"],
    rows,
    color,
    maxWidths: [0, 0, Math.max(30, width - FIXED_WIDTH)],
  });
}

export function renderDelivery(report: DeliveryReport): string {
  const { plan, kind, measurements, how, aborted, notes } = report;
  const figures = measurements.map(({ name, value, unit, target }) => {
    const shown = unit === "s" ? formatSeconds(value) : formatAmount(value, unit);
    return `${name.padEnd(14)} ${shown}${target === undefined ? "" : `  (promised ${formatAmount(target, unit)})`}`;
  });
  return [
    `${kind} to ${plan.environment} (${how})${aborted ? ": ABORTED, what ran before serves" : ""}`,
    renderChanges(report),
    renderChecks(report),
    ...figures,
    ...(notes ? [`Notes     ${notes}`] : []),
    `Digest    ${plan.digest}`,
  ].join("\n");
}
