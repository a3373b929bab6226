// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { inNamespace } from "../../engine/kubernetes/objects";
import { REPLICATED, targetOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

const AUTOSCALER = "autoscaling/v2/HorizontalPodAutoscaler";

export default defineRule({
  id: "autoscaler-target-exists",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [AUTOSCALER] }],
  clauses: ["PERF-INTERACT"],
  title: "An autoscaler scales a workload of its namespace",
  why: "One that scales nothing looks healthy until the peak comes.",
  remedy: "Name apiVersion, kind and name of the workload as they are written there.",
  check: (subject, world) => {
    const target = targetOf(subject);
    const known = inNamespace(world, subject, ...REPLICATED).map((each) => `${each.type}/${each.name}`);
    if (known.includes(target)) return [];
    return finding(
      "spec.scaleTargetRef",
      `${target} is not in this namespace; expected one of ${known.join(", ")}`,
    );
  },
  examples: {
    good: {
      subjects: cluster(
        deployment({}),
        object(AUTOSCALER, { spec: "scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }" }),
      ),
    },
    bad: {
      subjects: cluster(
        deployment({}),
        object(AUTOSCALER, { spec: "scaleTargetRef: { apiVersion: apps/v1, kind: StatefulSet, name: web }" }),
      ),
    },
  },
});
