// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { autoscalerOf, REPLICATED } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

const autoscaler = object("autoscaling/v2/HorizontalPodAutoscaler", {
  spec: "scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }",
});

export default defineRule({
  id: "autoscaler-owns-replicas",
  severity: "high",
  applies: [{ surface: "kubernetes", types: REPLICATED }],
  when: (subject, world) => autoscalerOf(world, subject) !== undefined,
  clauses: ["PERF-INTERACT", "SEC-RELEASE"],
  title: "Where an autoscaler decides, nobody else declares replicas",
  why: "Every sync would set the declared number again and take away the pods of the peak.",
  remedy:
    "Remove spec.replicas. 0 may stay: it puts a waiting environment to sleep and switches the autoscaler off.",
  check: (subject) =>
    expectValue(subject, "spec.replicas", (value) => value === undefined || value === 0, "nothing, or 0"),
  examples: {
    good: { subjects: cluster(deployment({}), autoscaler) },
    bad: { subjects: cluster(deployment({ spec: "replicas: 3" }), autoscaler) },
  },
});
