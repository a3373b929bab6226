// Whether a canary may go on: looks at the new version in, a decision out. The sandbox's rollout asks it; the Rollouts of k8s
// let Argo Rollouts decide by the same figures (canary.ts, ../contract/performance.ts), and a test holds the two together.
import type { Contract } from "../contract/contract";
import { ALLOWED_ERRORS, allowedResponseTimes, type Operation, PEAK_QUANTILE } from "../contract/performance";
import { ANALYSIS } from "./canary";

/** One look at the new version: what it answered since the look before. */
export interface Look {
  requests: number;
  /** Seconds on average; undefined when nothing was answered. */
  average: number | undefined;
  /** Seconds at `PEAK_QUANTILE`. */
  peak: number | undefined;
  /** Share of answers that were server errors, 0…1. */
  errors: number | undefined;
}

export interface AnalysisMetric {
  name: "average" | "peak" | "errors";
  limit: number;
  unit: "s" | "%";
  /** Where the limit comes from. */
  source: string;
}

/** @throws Error when the contract has no figure for the operation */
export function analysisMetrics(contract: Contract, operation: Operation): AnalysisMetric[] {
  const found = allowedResponseTimes(contract).find((time) => time.operation === operation)!;
  return [
    { name: "average", limit: found.average, unit: "s", source: found.clause },
    ...(found.peak === undefined
      ? []
      : [{ name: "peak" as const, limit: found.peak, unit: "s" as const, source: found.clause }]),
    { name: "errors", limit: ALLOWED_ERRORS, unit: "%", source: "ours" },
  ];
}

export type Decision =
  | { kind: "go-on" }
  /** `metric` names the one that decided. */
  | { kind: "abort"; metric: AnalysisMetric["name"] | "requests"; reason: string };

/** `failureLimit` and `inconclusiveLimit` as Argo Rollouts counts them: per metric, over the whole rollout; one more aborts. */
export interface AnalysisLimits {
  failureLimit: number;
  inconclusiveLimit: number;
  minimumRequests: number;
}

/** One metric in one look. A figure that is missing fails nobody: whether there were requests at all is judged for itself. */
function missed(look: Look, { name, limit }: AnalysisMetric): boolean {
  const value = look[name];
  return value !== undefined && value > limit;
}

/**
 * @param looks in order, from the first step on
 * @returns abort as soon as one metric was missed, or too few requests were seen, in more looks than is borne
 */
export function judge(
  looks: readonly Look[],
  metrics: readonly AnalysisMetric[],
  { failureLimit, inconclusiveLimit, minimumRequests }: AnalysisLimits = ANALYSIS,
): Decision {
  for (const metric of metrics) {
    const bad = looks.filter((look) => missed(look, metric));
    if (bad.length > failureLimit) return { kind: "abort", metric: metric.name, reason: tooBad(bad, metric) };
  }
  const silent = looks.filter(({ requests }) => requests < minimumRequests).length;
  if (silent <= inconclusiveLimit) return { kind: "go-on" };
  const reason = `${silent} looks found fewer than ${minimumRequests} requests: nobody can tell how it does`;
  return { kind: "abort", metric: "requests", reason };
}

function tooBad(looks: readonly Look[], metric: AnalysisMetric): string {
  const bad = looks.map((look) => show(look[metric.name]!, metric));
  const of =
    metric.name === "errors"
      ? "server errors"
      : metric.name === "peak"
        ? `response time at p${PEAK_QUANTILE * 100}`
        : "average response time";
  return `${of} ${bad.join(", ")} in ${bad.length} looks; at most ${show(metric.limit, metric)} (${metric.source})`;
}

function show(value: number, { unit }: AnalysisMetric): string {
  return unit === "%" ? `${(value * 100).toFixed(1)} %` : `${value.toFixed(2)} s`;
}
