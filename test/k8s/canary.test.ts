// How a new version is let at learners: in the declared steps, judged by the contract's figures on its own pods.
import { beforeAll, describe, expect, it } from "vitest";
import { loadContract } from "../../policies/contract/load";
import { ALLOWED_ERRORS, allowedResponseTimes } from "../../policies/contract/performance";
import { ANALYSIS, CANARY_STEPS } from "../../policies/service/canary";
import { ROOT } from "../policies/repository";
import { type Rendered, renderAll, titleOf } from "./rendered";

interface Metric {
  name: string;
  interval: string;
  failureLimit: number;
  successCondition: string;
  failureCondition: string;
  provider: { prometheus: { query: string } };
}
interface Canary {
  stableService: string;
  canaryService: string;
  steps: ({ setWeight: number } | { pause: { duration: string } })[];
  analysis: { templates: { templateName: string }[]; args: { name: string }[] };
  trafficRouting: { nginx: { stableIngress: string; annotationPrefix: string } };
}

let all: Rendered[] = [];
let rollouts: Rendered[] = [];
beforeAll(async () => {
  all = await renderAll();
  rollouts = all.filter(({ kind }) => kind === "Rollout");
});

const canaryOf = ({ spec }: Rendered): Canary => (spec.strategy as { canary: Canary }).canary;
const sameApp = (one: Rendered, kind: string): Rendered[] =>
  all.filter(
    ({ file, kind: other }) =>
      other === kind && file.environment === one.file.environment && file.app === one.file.app,
  );
const metrics = (): Metric[] =>
  all.find(({ kind, file }) => kind === "ClusterAnalysisTemplate" && file.environment === "prod")!.spec
    .metrics as Metric[];

/** What Argo Rollouts evaluates, as far as these conditions go: `result` is the vector that Prometheus answered with. */
function judge({ successCondition, failureCondition }: Metric, result: number[]): string {
  const holds = (condition: string): boolean =>
    new Function("result", "len", "isNaN", `return ${condition}`)(
      result,
      (list: number[]) => list.length,
      Number.isNaN,
    ) as boolean;
  if (holds(failureCondition)) return "failed";
  return holds(successCondition) ? "successful" : "inconclusive";
}

describe("rollouts", () => {
  it("are those that learners reach; a worker has nothing to shift", () => {
    expect([...new Set(rollouts.map(({ file }) => file.app))]).toEqual([
      "learning-web",
      "mobile-api",
      "wechat-gateway",
    ]);
  });

  it("follow the declared steps", () => {
    for (const rollout of rollouts) {
      const { steps } = canaryOf(rollout);
      expect(steps.flatMap((step) => ("setWeight" in step ? [step.setWeight] : []))).toEqual(
        CANARY_STEPS.map(({ weight }) => weight),
      );
      expect(steps.flatMap((step) => ("pause" in step ? [step.pause.duration] : []))).toEqual(
        CANARY_STEPS.map(({ hold }) => `${hold}s`),
      );
    }
    const weights = CANARY_STEPS.map(({ weight }) => weight);
    expect(weights).toEqual(weights.toSorted((a, b) => a - b));
    expect(Math.min(...CANARY_STEPS.map(({ hold }) => hold))).toBeGreaterThan(2 * ANALYSIS.interval);
  });

  it("name services, ingress and analysis that exist", () => {
    const broken = rollouts.filter((rollout) => {
      const { stableService, canaryService, trafficRouting, analysis } = canaryOf(rollout);
      const services = sameApp(rollout, "Service").map(({ metadata }) => metadata.name);
      const [ingress] = sameApp(rollout, "Ingress");
      const backend = JSON.stringify(ingress?.spec.rules);
      const template = all.some(
        ({ kind, metadata }) =>
          kind === "ClusterAnalysisTemplate" && metadata.name === analysis.templates[0]?.templateName,
      );
      return !(
        services.includes(stableService) &&
        services.includes(canaryService) &&
        ingress?.metadata.name === trafficRouting.nginx.stableIngress &&
        backend.includes(`"name":"${stableService}"`) &&
        template
      );
    });
    expect(broken.map(titleOf)).toEqual([]);
  });

  it("have a certificate for the name that their ingress serves", () => {
    for (const rollout of rollouts) {
      const [certificate] = sameApp(rollout, "Certificate");
      const [ingress] = sameApp(rollout, "Ingress");
      const [tls] = ingress!.spec.tls as { hosts: string[]; secretName: string }[];
      expect(certificate!.spec).toMatchObject({ dnsNames: tls!.hosts, secretName: tls!.secretName });
    }
  });
});

describe("the analysis", () => {
  it("looks at the new version's pods only", () => {
    for (const { provider } of metrics()) {
      expect(provider.prometheus.query).toContain('rollouts_pod_template_hash="{{args.canary-hash}}"');
    }
  });

  it("has a metric for every figure of the contract", () => {
    const limits = Object.fromEntries(
      metrics().map(({ name, failureCondition }) => [
        name,
        Number(/> ([\d.]+)$/.exec(failureCondition)?.[1]),
      ]),
    );
    for (const { operation, average, peak } of allowedResponseTimes(loadContract(ROOT))) {
      expect(limits[`${operation}-average`]).toBe(average);
      expect(limits[`${operation}-peak`]).toBe(peak);
    }
    expect(limits.errors).toBe(ALLOWED_ERRORS);
  });

  it.each<[string, number[], string]>([
    ["interactive-average", [1.9], "successful"],
    ["interactive-average", [2], "successful"],
    ["interactive-average", [2.1], "failed"],
    ["interactive-average", [], "successful"],
    ["interactive-average", [Number.NaN], "successful"],
    ["interactive-peak", [4.5], "failed"],
    ["complex-query-average", [4.9], "successful"],
    ["errors", [0], "successful"],
    ["errors", [0.02], "failed"],
    ["requests", [100], "successful"],
    ["requests", [3], "inconclusive"],
    ["requests", [], "inconclusive"],
  ])("%s of %j is %s", (name, result, verdict) => {
    expect(judge(metrics().find((metric) => metric.name === name)!, result)).toBe(verdict);
  });
});
