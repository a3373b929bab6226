// The AnalysisTemplate as it is committed in k8s/rendered, held against the pure decision (policies/service/analysis.ts) on the same
// series. The interpreter is ours and no Argo: it evaluates the conditions and counts as Argo Rollouts documents it.
//
// Where the two differ, and why:
// - Too few requests end as Inconclusive in Argo Rollouts, which pauses the rollout for a person; the decision aborts. Whoever
//   releases with ops sees the same in both: the cluster adapter aborts on an inconclusive analysis
//   (scripts/release/cluster.ts).
// - The template also judges simple and complex queries; the sandbox's stand-in answers one kind of operation, so the decision is
//   asked about that one. Their conditions are the same but for the limit.
// - A Prometheus that does not answer is an error in Argo Rollouts and aborts after five in a row; the sandbox measures itself and
//   has no such case.
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { loadContract } from "../../policies/contract/load";
import { analysisMetrics, judge, type Look } from "../../policies/service/analysis";
import { ANALYSIS } from "../../policies/service/canary";
import { ROOT } from "../policies/repository";

interface Metric {
  name: string;
  successCondition: string;
  failureCondition: string;
  failureLimit: number;
  inconclusiveLimit: number;
  interval: string;
}
type Phase = "Running" | "Failed" | "Inconclusive";

const FILE = "clusteranalysistemplate-contract-performance.yaml";
const templateOf = (environment: string): Metric[] =>
  (
    load(readFileSync(path.join(ROOT, "k8s/rendered", environment, "argo-rollouts", FILE), "utf8")) as {
      spec: { metrics: Metric[] };
    }
  ).spec.metrics;

/** What Argo's expressions and JavaScript have in common, and mean alike; anything else must not be guessed at here. */
const COMMON =
  /^(?:\s|len\(result\)|isNaN\(result\[0\]\)|result\[0\]|false|true|&&|\|\||[!()]|<=|>=|>|\d+(?:\.\d+)?)*$/;

function holds(condition: string, result: readonly number[]): boolean {
  if (!COMMON.test(condition)) throw new Error(`this test cannot evaluate: ${condition}`);
  const evaluate = new Function("result", "len", "isNaN", `return (${condition})`);
  return evaluate(result, (list: readonly number[]) => list.length, Number.isNaN) as boolean;
}

/** Failure is asked first; neither of the two is inconclusive (argo-rollouts, utils/evaluate). */
function measured(metric: Metric, result: readonly number[]): "Failed" | "Successful" | "Inconclusive" {
  if (holds(metric.failureCondition, result)) return "Failed";
  return holds(metric.successCondition, result) ? "Successful" : "Inconclusive";
}

const OURS: Readonly<Record<string, keyof Look>> = {
  requests: "requests",
  errors: "errors",
  "interactive-average": "average",
  "interactive-peak": "peak",
};

/** @param none what Prometheus answers where there is no sample: an empty vector, or the quotient 0 / 0 */
function argo(
  metrics: readonly Metric[],
  looks: readonly Look[],
  none: readonly number[],
): { phase: Phase; by: string[] } {
  const over = (verdict: "Failed" | "Inconclusive", limit: (metric: Metric) => number): string[] =>
    metrics
      .filter((metric) => {
        const results = looks.map((look) => {
          const field = OURS[metric.name];
          const value = field === undefined ? undefined : look[field];
          return measured(metric, value === undefined ? none : [value]);
        });
        return results.filter((each) => each === verdict).length > limit(metric);
      })
      .map(({ name }) => name);
  const failed = over("Failed", ({ failureLimit }) => failureLimit);
  if (failed.length > 0) return { phase: "Failed", by: failed };
  const unknown = over("Inconclusive", ({ inconclusiveLimit }) => inconclusiveLimit);
  return unknown.length > 0 ? { phase: "Inconclusive", by: unknown } : { phase: "Running", by: [] };
}

const METRICS = analysisMetrics(loadContract(ROOT), "interactive");
const fine: Look = { requests: 100, average: 0.2, peak: 0.9, errors: 0 };
const silent: Look = { requests: 0, average: undefined, peak: undefined, errors: undefined };
const SERIES: [string, Look[], Phase][] = [
  ["a good one", Array<Look>(25).fill(fine), "Running"],
  ["one bad look", [{ ...fine, average: 2.6 }, fine, fine], "Running"],
  ["a slow one", [fine, { ...fine, average: 2.6 }, { ...fine, average: 2.1 }], "Failed"],
  [
    "a limit that is just met",
    Array<Look>(9).fill({ ...fine, average: 2, peak: 4, errors: 0.01 }),
    "Running",
  ],
  ["a long tail", Array<Look>(2).fill({ ...fine, peak: 4.1 }), "Failed"],
  ["errors", [{ ...fine, errors: 0.3 }, fine, { ...fine, errors: 0.02 }], "Failed"],
  ["nobody asks", Array<Look>(6).fill(silent), "Inconclusive"],
  ["a few ask", Array<Look>(6).fill({ ...fine, requests: 19 }), "Inconclusive"],
  ["a few ask for a while", Array<Look>(5).fill({ ...fine, requests: 19 }), "Running"],
  ["slow and hardly asked", Array<Look>(6).fill({ ...fine, requests: 3, average: 9 }), "Failed"],
];

describe("the AnalysisTemplate that is rendered", () => {
  const metrics = templateOf("prod");

  it("is the same in every environment, and its metrics are those of the decision", () => {
    for (const environment of ["staging", "dr"]) expect(templateOf(environment)).toEqual(metrics);
    expect(Object.keys(OURS).filter((name) => !metrics.some((metric) => metric.name === name))).toEqual([]);
    const others = metrics.map(({ name }) => name).filter((name) => OURS[name] === undefined);
    expect(others).toEqual(["simple-query-average", "complex-query-average"]);
    expect(new Set(metrics.map(({ interval }) => interval))).toEqual(new Set([`${ANALYSIS.interval}s`]));
  });

  it.each(SERIES)("comes to the decision's verdict on %s", (_, looks, phase) => {
    for (const none of [[], [Number.NaN]]) {
      expect(argo(metrics, looks, none).phase).toBe(phase);
      expect(judge(looks, METRICS).kind).toBe(phase === "Running" ? "go-on" : "abort");
    }
  });

  it("ends at the same look, for a metric that both find wanting, on any series", () => {
    const value = fc.option(fc.double({ min: 0, max: 8, noNaN: true }), { nil: undefined });
    const share = fc.option(fc.double({ min: 0, max: 0.03, noNaN: true }), { nil: undefined });
    const look = fc.record({
      requests: fc.integer({ min: 0, max: 60 }),
      average: value,
      peak: value,
      errors: share,
    });
    const series = fc.array(look, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(series, fc.constantFrom<number[]>([], [Number.NaN]), (looks, none) => {
        for (let length = 1; length <= looks.length; length++) {
          const seen = looks.slice(0, length);
          const [ours, theirs] = [judge(seen, METRICS), argo(metrics, seen, none)];
          expect(ours.kind === "go-on").toBe(theirs.phase === "Running");
          if (ours.kind === "abort") {
            expect(theirs.by.map((name) => OURS[name])).toContain(ours.metric);
            return;
          }
        }
      }),
    );
  });

  it("judges the other operations by the same condition with their own limit", () => {
    const shape = ({ failureCondition, successCondition }: Metric): string =>
      `${failureCondition} ${successCondition}`
        .replace(/(<=|>) [\d.]+$/gm, "$1 n")
        .replace(/> [\d.]+ !/, "> n !");
    const of = (name: string): string => shape(metrics.find((metric) => metric.name === name)!);
    expect(of("simple-query-average")).toBe(of("interactive-average"));
    expect(of("complex-query-average")).toBe(of("interactive-average"));
  });
});
