// Earlier drills as text: one row a drill, one a phase, and how good the predictions were.
import { shanghai } from "../core/instant";
import { type Cell, renderTable, type Tone } from "../core/table";
import { formatSeconds } from "../core/text/format";
import type { Terminal } from "../core/tools";
import { median } from "../restore/prediction";
import {
  type DrillRun,
  type Ending,
  type predictionErrors,
  REGRESSION_RULE,
  type Trend,
} from "./drill-history";
import { sparkline } from "./report/trend";

/** From the third run of a scenario on its prediction is held to this; before, there is nothing to learn from. */
const LEARNED = { after: 2, within: 0.2 } as const;

const ENDINGS: Readonly<Record<Ending, { text: string; tone: Tone }>> = {
  finished: { text: "finished", tone: "good" },
  "gave up": { text: "gave up", tone: "bad" },
  "no end": { text: "announced, no end: killed, or still running", tone: "bad" },
};
const VERDICTS: Readonly<Record<string, Tone>> = { pass: "good", fail: "bad", inconclusive: "warn" };

export function listDrills(
  { color, width }: Terminal,
  runs: readonly DrillRun[],
  lines: readonly Trend[],
  platform: string,
): string {
  const rows = runs.map((run): Cell[] => {
    const slower = lines.filter(({ points }) => points.some((p) => p.drill === run.id && p.regression));
    const ending: Cell =
      run.ending === "finished" && run.verdict
        ? { text: run.verdict, tone: VERDICTS[run.verdict] ?? "dim" }
        : ENDINGS[run.ending];
    return [
      shanghai(run.started),
      run.id,
      ending,
      whoseOf(run, platform),
      run.scenarios
        .map(({ id, rtoSeconds }) => `${id} ${formatSeconds(rtoSeconds ?? Number.NaN)}`)
        .join(", "),
      run.detail ?? slower.map(({ scenario, name }) => `▲ ${scenario}: ${name}`).join(", "),
    ];
  });
  const head = ["Started (Asia/Shanghai)", "Drill", "Verdict", "Cluster", "RTO", "Regressions"];
  return renderTable({ head, rows, color, maxWidths: [0, 0, 24, 0, 0, Math.max(20, width - 130)] });
}

/** The name only where the platform had another one. */
function whoseOf({ cluster, platform }: DrillRun, now: string): string {
  return `${cluster ?? "not named"}${platform === now ? "" : `, as ${platform}`}`;
}

export function trendTable({ color }: Pick<Terminal, "color">, lines: readonly Trend[]): string {
  const rows = lines.map(({ scenario, name, points }): Cell[] => {
    const values = points.map(({ seconds }) => seconds);
    const known = values.filter(Number.isFinite);
    const last = points.at(-1)!;
    return [
      scenario,
      name,
      sparkline(values.slice(-30)),
      formatSeconds(median(known)),
      formatSeconds(last.seconds),
      last.regression ? { text: "▲ regression", tone: "bad" } : "",
    ];
  });
  const table = renderTable({ head: ["", "Phase", "Trend", "Median", "Last", ""], rows, color });
  return `${table}\n${REGRESSION_RULE}`;
}

export function predictionTable(errors: ReturnType<typeof predictionErrors>): string {
  if (errors.length === 0) return "No drill has left a prediction yet.";
  const percent = (share: number): string => `${share >= 0 ? "+" : "−"}${Math.abs(share * 100).toFixed(0)} %`;
  const scenarios = [...new Set(errors.map(({ scenario }) => scenario))].sort();
  const rows = scenarios.map((scenario) => {
    const own = errors.filter((one) => one.scenario === scenario);
    const learned = own.slice(LEARNED.after).map(({ error }) => Math.abs(error));
    const within = learned.filter((error) => error <= LEARNED.within).length;
    return [
      scenario,
      own
        .slice(-8)
        .map(({ error }) => percent(error))
        .join(" "),
      learned.length === 0 ? "–" : `${(median(learned) * 100).toFixed(0)} %`,
      learned.length === 0 ? "–" : `${within} of ${learned.length}`,
    ];
  });
  const head = [
    "",
    "Predicted RTO against measured, oldest first",
    "Median error from the 3rd",
    "Within ±20 %",
  ];
  return renderTable({ head, rows, color: false });
}
