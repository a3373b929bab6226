// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { inNamespace, selects } from "../../engine/kubernetes/objects";
import { fewestPods, podLabelsOf, REPLICATED } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";
import type { PlannedValue } from "../../engine/value";

const BUDGET = "policy/v1/PodDisruptionBudget";

/** Pods that a number or a percentage stands for, rounded up as the disruption controller does. */
function podsOf(value: PlannedValue | undefined, pods: number): number | undefined {
  if (typeof value === "number") return value;
  const percent = typeof value === "string" ? /^([0-9]+)%$/.exec(value)?.[1] : undefined;
  return percent === undefined ? undefined : Math.ceil((Number(percent) * pods) / 100);
}

export default defineRule({
  id: "disruption-budget-lets-drain",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [BUDGET] }],
  clauses: ["SLA-P1", "SEC-VULN"],
  title: "A disruption budget selects pods and lets at least one of them go",
  why: "A budget that allows nothing blocks every drain, and the node's security fix waits for a person at night.",
  remedy: "Set maxUnavailable: 1, and a selector that matches the labels of the workload's pods.",
  check: (subject, world) => {
    const workloads = inNamespace(world, subject, ...REPLICATED).filter((each) =>
      selects(valueAt(subject, "spec.selector"), podLabelsOf(each)),
    );
    if (workloads.length === 0) return finding("spec.selector", "selects no pods of this namespace");
    const pods = workloads.reduce((sum, each) => sum + fewestPods(world, each), 0);
    const most = podsOf(valueAt(subject, "spec.maxUnavailable"), pods);
    const least = podsOf(valueAt(subject, "spec.minAvailable"), pods);
    if (most !== undefined && most < 1)
      return finding("spec.maxUnavailable", "no pod may go; expected at least 1");
    if (least !== undefined && pods > 0 && least >= pods)
      return finding(
        "spec.minAvailable",
        `all ${pods} pods must stay; expected fewer than stand at the least`,
      );
    return [];
  },
  examples: {
    good: {
      subjects: cluster(
        deployment({ spec: "replicas: 1" }),
        object(BUDGET, { spec: "maxUnavailable: 1\nselector: { matchLabels: { app: web } }" }),
      ),
    },
    bad: {
      subjects: cluster(
        deployment({ spec: "replicas: 2" }),
        object(BUDGET, { spec: "minAvailable: 100%\nselector: { matchLabels: { app: web } }" }),
      ),
    },
  },
});
