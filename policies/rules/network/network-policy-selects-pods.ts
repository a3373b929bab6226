// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { inNamespace, selects } from "../../engine/kubernetes/objects";
import { PODS, podLabelsOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";

const POLICY = "networking.k8s.io/v1/NetworkPolicy";

export default defineRule({
  id: "network-policy-selects-pods",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [POLICY] }],
  when: (subject) => {
    const selector = valueAt(subject, "spec.podSelector");
    return isRecord(selector) && Object.keys(selector).length > 0;
  },
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.3.2" }],
  title: "A network policy selects pods that exist",
  why: "With a label misspelt the rule holds for nothing, and the app it was meant for is cut off or left open.",
  remedy: "Write the labels of the pod template into podSelector.",
  check: (subject, world) =>
    inNamespace(world, subject, ...PODS).some((each) =>
      selects(valueAt(subject, "spec.podSelector"), podLabelsOf(each)),
    )
      ? []
      : finding("spec.podSelector", "selects no pods of this namespace; expected the labels of a workload"),
  examples: {
    good: {
      subjects: cluster(
        deployment({}),
        object(POLICY, { spec: "podSelector: { matchLabels: { app: web } }" }),
      ),
    },
    bad: {
      subjects: cluster(
        deployment({}),
        object(POLICY, { spec: "podSelector: { matchLabels: { name: web } }" }),
      ),
    },
  },
});
