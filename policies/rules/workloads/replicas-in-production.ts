// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { autoscalerOf, fewestPods, isSleeping, REPLICATED } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "replicas-in-production",
  severity: "high",
  applies: [{ surface: "kubernetes", types: REPLICATED }],
  when: (subject) => subject.environment === "prod" && !isSleeping(subject),
  clauses: ["SLA-P1"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.2.1" }],
  title: "In production at least two pods stand of everything",
  why: "With one, every node that is drained and every crash is an outage.",
  remedy: "Raise minReplicas of the autoscaler, or spec.replicas where there is none, to 2.",
  check: (subject, world) => {
    const pods = fewestPods(world, subject);
    if (pods >= 2) return [];
    const autoscaler = autoscalerOf(world, subject);
    const least = autoscaler && valueAt(autoscaler, "spec.minReplicas");
    const where = autoscaler ? `the autoscaler ${autoscaler.name} keeps ${least ?? 1}` : `${pods} stands`;
    return finding("spec.replicas", `${where}; expected at least 2 pods`);
  },
  examples: {
    good: {
      subjects: cluster(
        deployment({}),
        object("autoscaling/v2/HorizontalPodAutoscaler", {
          spec: "scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }\nminReplicas: 2\nmaxReplicas: 4",
        }),
      ),
    },
    bad: { subjects: deployment({ spec: "replicas: 1" }) },
  },
});
