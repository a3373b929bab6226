// The drills of a platform in order, as their evidence tells them, and how each of their times went.
import * as v from "valibot";
import type { Verdict } from "../core/evidence";
import { type Facts, factsIn } from "../evidence/facts";
import type { LedgerEntry } from "../evidence/port";
import { median, PREDICTION, predictionError } from "../restore/prediction";

const SCENARIO = v.object({
  id: v.string(),
  /** Null = not measured. */
  rtoSeconds: v.nullable(v.number()),
  rpoSeconds: v.nullable(v.number()),
  /** Said before the restore began; absent in evidence of earlier versions. */
  predictedSeconds: v.optional(v.nullable(v.number())),
  phases: v.array(v.object({ name: v.string(), seconds: v.number() })),
});
/** What a drill leaves in its facts of one scenario. */
export type ScenarioFact = Facts<typeof SCENARIO>;

/** What a drill leaves in its facts so that later ones can be compared with it. */
export const DRILL_FACTS = v.object({ drill: v.string(), scenarios: v.array(SCENARIO) });
export type DrillFacts = Facts<typeof DRILL_FACTS>;

/** What the announcement of a drill leaves: predictions by scenario, which earlier versions did not. */
export const ANNOUNCEMENT_FACTS = v.object({
  drill: v.string(),
  predictions: v.optional(v.record(v.string(), PREDICTION), {}),
});
export type AnnouncementFacts = Facts<typeof ANNOUNCEMENT_FACTS>;

/**
 * `finished`: it left its evidence, whatever the verdict. `gave up`: it announced itself and ended in an error that is in
 * evidence. `no end`: it announced itself and nothing came of it; it was killed, or is still running.
 */
export type Ending = "finished" | "gave up" | "no end";

export interface DrillRun {
  id: string;
  /** System identifier of the cluster that was restored; undefined where nothing names it. */
  cluster: string | undefined;
  /** The name that the platform had then. */
  platform: string;
  started: Date;
  ending: Ending;
  verdict: Verdict | undefined;
  /** Why, where it gave up. */
  detail: string | undefined;
  scenarios: readonly ScenarioFact[];
  /** Announced beforehand, by scenario; empty in evidence of earlier versions. */
  announced: AnnouncementFacts["predictions"];
}

/**
 * @param entries evidence of one platform in order; anything but drills and their announcements is passed over
 * @param clusterOf which cluster an entry is of
 * @throws OpsError evidence when the facts of one are not what a drill leaves
 */
export function drillRuns(
  entries: readonly LedgerEntry[],
  clusterOf: (entry: LedgerEntry) => string | undefined = () => undefined,
): DrillRun[] {
  const runs: DrillRun[] = [];
  for (const entry of entries) {
    const { job, platform, started, verdict, checks } = entry.predicate;
    const where = { cluster: clusterOf(entry), platform, started: new Date(started) };
    if (job === "drill-announcement") {
      const facts = factsIn(entry, ANNOUNCEMENT_FACTS);
      if (!facts) continue;
      const begun = {
        id: facts.drill,
        ...where,
        scenarios: [],
        announced: facts.predictions,
      };
      runs.push({ ...begun, ending: "no end", verdict: undefined, detail: undefined });
    } else if (job === "drill") {
      const { drill: id, scenarios = [] } = factsIn(entry, DRILL_FACTS) ?? {};
      // An error leaves evidence that knows no drill; it ends the last one announced.
      const open = runs.findLast((run) => (id === undefined ? run.ending === "no end" : run.id === id));
      const ending: Ending = id === undefined ? "gave up" : "finished";
      const detail = id === undefined ? checks.map((check) => check.detail).join("; ") : undefined;
      const ended = { ending, verdict, detail, scenarios };
      if (open) Object.assign(open, ended);
      else runs.push({ id: id ?? "", ...where, announced: {}, ...ended });
    }
  }
  return runs;
}

export interface Trend {
  scenario: string;
  /** `RTO`, `RPO` or a phase. */
  name: string;
  /** One for each finished drill, in order; `seconds` is not a number where it was not measured. */
  points: readonly { drill: string; at: Date; seconds: number; regression: boolean }[];
}

/** One trend for every time that any drill measured, scenario by scenario, in order of appearance. */
export function trends(runs: readonly DrillRun[]): Trend[] {
  const finished = runs.filter(({ scenarios }) => scenarios.length > 0);
  const names = new Map<string, { scenario: string; name: string }>();
  const times = finished.map(({ scenarios }) => {
    const found = new Map<string, number>();
    for (const scenario of scenarios) {
      for (const [name, seconds] of timesOf(scenario)) {
        const key = `${scenario.id} ${name}`;
        names.set(key, { scenario: scenario.id, name });
        found.set(key, (found.get(key) ?? 0) + seconds);
      }
    }
    return found;
  });
  return [...names]
    .sort(([, a], [, b]) => (a.scenario < b.scenario ? -1 : a.scenario > b.scenario ? 1 : 0))
    .map(([key, where]) => {
      const values = times.map((found) => found.get(key) ?? Number.NaN);
      const points = values.map((seconds, index) => ({
        drill: finished[index]!.id,
        at: finished[index]!.started,
        seconds,
        regression: isRegression(seconds, values.slice(0, index)),
      }));
      return { ...where, points };
    });
}

function timesOf({ rtoSeconds, rpoSeconds, phases }: ScenarioFact): [string, number][] {
  return [
    ...(rtoSeconds === null ? [] : [["RTO", rtoSeconds] as [string, number]]),
    ...(rpoSeconds === null ? [] : [["RPO", rpoSeconds] as [string, number]]),
    ...phases.map(({ name, seconds }): [string, number] => [name, seconds]),
  ];
}

/**
 * When a time is called a regression. `deviations` are robust ones: 1.4826 × the median absolute deviation, which is the
 * standard deviation where times are normal and does not move for a few outliers. Little histories and little times are
 * noise: at least so many earlier runs, a fifth of the median and half a second.
 */
export const REGRESSION = { deviations: 3, earlier: 4, latest: 10, share: 0.2, seconds: 0.5 } as const;

export const REGRESSION_RULE = `a regression is slower than the median of the earlier runs (${REGRESSION.earlier} to ${REGRESSION.latest} of them) by more than ${REGRESSION.deviations} × 1.4826 × MAD, ${REGRESSION.share * 100} % of the median and ${REGRESSION.seconds} s`;

export function isRegression(seconds: number, earlier: readonly number[]): boolean {
  const known = earlier.filter(Number.isFinite).slice(-REGRESSION.latest);
  if (known.length < REGRESSION.earlier || !Number.isFinite(seconds)) return false;
  const usual = median(known);
  const deviation = 1.4826 * median(known.map((value) => Math.abs(value - usual)));
  const margin = Math.max(REGRESSION.deviations * deviation, REGRESSION.share * usual, REGRESSION.seconds);
  return seconds > usual + margin;
}

/** Errors of prediction, `(predicted − measured) / measured`, scenario by scenario and in order. */
export function predictionErrors(
  runs: readonly DrillRun[],
): { drill: string; scenario: string; predicted: number; measured: number; error: number }[] {
  return runs.flatMap((run) =>
    run.scenarios.flatMap(({ id, rtoSeconds: measured, predictedSeconds: predicted }) =>
      measured === null || predicted === null || predicted === undefined
        ? []
        : [
            {
              drill: run.id,
              scenario: id,
              predicted,
              measured,
              error: predictionError(predicted, measured),
            },
          ],
    ),
  );
}
