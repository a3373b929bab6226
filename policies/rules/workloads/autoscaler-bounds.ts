// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, finding, present, valueAt } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

const AUTOSCALER = "autoscaling/v2/HorizontalPodAutoscaler";

/** Seconds: shorter, and a lull between two lessons takes away pods that the next one needs. */
const LULL = 300;

export default defineRule({
  id: "autoscaler-bounds",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: [AUTOSCALER] }],
  clauses: ["PERF-INTERACT", "KEY-PLAN"],
  title: "An autoscaler has bounds, a measure, and takes pods away slowly",
  why: "With max below min it is refused; without a measure it does nothing; without a delay it swings.",
  remedy: `Set minReplicas <= maxReplicas, metrics, and behavior.scaleDown.stabilizationWindowSeconds of ${LULL} or more.`,
  check: (subject) => {
    const [least, most] = [valueAt(subject, "spec.minReplicas"), valueAt(subject, "spec.maxReplicas")];
    return [
      ...atLeast(subject, "spec.minReplicas", 1),
      ...(typeof least === "number" && typeof most === "number" && most < least
        ? finding("spec.maxReplicas", `is ${most}; expected at least minReplicas, ${least}`)
        : []),
      ...present(subject, "spec.metrics", "what is measured"),
      ...atLeast(subject, "spec.behavior.scaleDown.stabilizationWindowSeconds", LULL, "s"),
    ];
  },
  examples: {
    good: {
      subjects: object(AUTOSCALER, {
        spec: `minReplicas: 2
maxReplicas: 4
metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 65 } } }]
behavior: { scaleDown: { stabilizationWindowSeconds: 600 } }`,
      }),
    },
    bad: { subjects: object(AUTOSCALER, { spec: "minReplicas: 6\nmaxReplicas: 4" }) },
  },
});
