// Argo Rollouts, and the analysis that every canary has to pass: the contract's response times and our share of errors,
// measured on the new version's pods alone.
import { ALLOWED_ERRORS, allowedResponseTimes, PEAK_QUANTILE } from "../../policies/contract/performance";
import { ANALYSIS } from "../../policies/service/canary";
import { defineApp, type Target } from "../app";
import type { AnalysisMetric, ClusterAnalysisTemplate } from "../kinds/argo";
import type { Manifest } from "../manifest";
import { AFTER_ITS_CRD, CHART_SECURITY, chartApplication, SYSTEM_NODES } from "../parts/chart";
import { labelsOf } from "../parts/labels";
import { averageOf, errorsOf, PROMETHEUS, peakOf, requestsIn } from "../parts/metrics";
import { NAMESPACES } from "../parts/namespaces";
import { ANALYSIS_TEMPLATE } from "../parts/rollout";
import { CHARTS } from "../versions";

const NAME = "argo-rollouts";
const RANGE = `${ANALYSIS.interval}s`;
const CANARY = { app: "{{args.app}}", rollouts_pod_template_hash: "{{args.canary-hash}}" };

type Judged = Pick<AnalysisMetric, "name" | "successCondition" | "failureCondition"> & { query: string };

function metric({ name, successCondition, failureCondition, query }: Judged): AnalysisMetric {
  return {
    name,
    interval: RANGE,
    initialDelay: RANGE,
    successCondition,
    failureCondition,
    failureLimit: ANALYSIS.failureLimit,
    inconclusiveLimit: ANALYSIS.inconclusiveLimit,
    consecutiveErrorLimit: ANALYSIS.inconclusiveLimit,
    provider: { prometheus: { address: PROMETHEUS, query } },
  };
}

/** Not more than allowed. No sample = nobody asked for this kind of operation, which `requests` judges for all of them. */
function atMost(name: string, limit: number, query: string): Judged {
  const sample = "len(result) > 0 && !isNaN(result[0])";
  return {
    name,
    successCondition: `!(${sample}) || result[0] <= ${limit}`,
    failureCondition: `${sample} && result[0] > ${limit}`,
    query,
  };
}

function metrics(target: Target): AnalysisMetric[] {
  const { minimumRequests } = ANALYSIS;
  const times = allowedResponseTimes(target.contract).flatMap(({ operation, average, peak }) => [
    atMost(`${operation}-average`, average, averageOf({ ...CANARY, operation }, RANGE)),
    ...(peak === undefined
      ? []
      : [atMost(`${operation}-peak`, peak, peakOf({ ...CANARY, operation }, RANGE, PEAK_QUANTILE))]),
  ]);
  return [
    // Too few requests prove nothing: neither condition holds, the look is inconclusive and the rollout waits for a person.
    {
      name: "requests",
      successCondition: `len(result) > 0 && result[0] >= ${minimumRequests}`,
      failureCondition: "false",
      query: requestsIn(CANARY, RANGE),
    },
    atMost("errors", ALLOWED_ERRORS, errorsOf(CANARY, RANGE)),
    ...times,
  ].map(metric);
}

function template(target: Target): ClusterAnalysisTemplate {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ClusterAnalysisTemplate",
    metadata: {
      name: ANALYSIS_TEMPLATE,
      labels: labelsOf(target, { name: NAME, component: "platform", owner: "platform-engineer" }),
      annotations: AFTER_ITS_CRD,
    },
    spec: { args: [{ name: "app" }, { name: "canary-hash" }], metrics: metrics(target) },
  };
}

export default defineApp({
  name: NAME,
  project: "platform",
  namespace: NAMESPACES.rollouts,
  summary:
    "Lets new versions at learners in steps and takes them back when they break the contract's figures",
  objects: (target): Manifest[] => [
    chartApplication(target, {
      name: NAME,
      namespace: NAMESPACES.rollouts,
      chart: CHARTS[NAME],
      values: {
        controller: {
          replicas: 2,
          ...SYSTEM_NODES,
          resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
          metrics: { enabled: true, serviceMonitor: { enabled: true } },
        },
        containerSecurityContext: CHART_SECURITY,
        podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        dashboard: { enabled: false },
      },
    }),
    template(target),
  ],
});
