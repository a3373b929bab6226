// One rule; what a rule is stands in policies/engine/rule.ts.
import { present } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { listAt } from "../../engine/kubernetes/objects";
import { autoscalerOf, mainContainersOf, REPLICATED } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";
import type { Subject } from "../../engine/subject";
import { isRecord } from "../../engine/value";

const autoscaler = object("autoscaling/v2/HorizontalPodAutoscaler", {
  spec: `scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 65 } } }]`,
});

/** Resources whose use is measured in percent of what was requested. */
function measured(subject: Subject): string[] {
  return listAt(subject, "spec.metrics").flatMap((metric) => {
    const resource = isRecord(metric) ? metric.resource : undefined;
    if (!isRecord(resource) || !isRecord(resource.target)) return [];
    return resource.target.type === "Utilization" ? [String(resource.name)] : [];
  });
}

export default defineRule({
  id: "autoscaler-measures-requests",
  severity: "high",
  applies: [{ surface: "kubernetes", types: REPLICATED }],
  when: (subject, world) => autoscalerOf(world, subject) !== undefined,
  clauses: ["PERF-INTERACT"],
  title: "Every container requests what its autoscaler measures in percent",
  why: "A percentage of nothing cannot be computed: one container without a request stops the scaling of all.",
  remedy: "Set resources.requests for that resource on every container, sidecars included.",
  check: (subject, world) =>
    measured(autoscalerOf(world, subject)!).flatMap((resource) =>
      mainContainersOf(subject).flatMap((path) =>
        present(subject, [...path, "resources", "requests", resource], "an amount"),
      ),
    ),
  examples: {
    good: {
      subjects: cluster(deployment({ container: "resources: { requests: { cpu: 100m } }" }), autoscaler),
    },
    bad: {
      subjects: cluster(deployment({ container: "resources: { limits: { memory: 1Gi } }" }), autoscaler),
    },
  },
});
