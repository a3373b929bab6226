// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { inNamespace } from "../../engine/kubernetes/objects";
import { PODS, podSpecOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "service-account-exists",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "Every workload runs under a service account of its own namespace",
  why: 'Under "default" all apps are one identity: what one is allowed, all are; a missing account starts no pod.',
  remedy: "Declare a ServiceAccount beside the workload and name it in serviceAccountName.",
  check: (subject, world) => {
    const known = inNamespace(world, subject, "v1/ServiceAccount").map(({ name }) => name);
    return expectValue(
      subject,
      [...podSpecOf(subject), "serviceAccountName"],
      (value) => value !== "default" && known.some((name) => name === value),
      `one of ${known.join(", ") || "the accounts of this namespace, which has none"}`,
    );
  },
  examples: {
    good: { subjects: cluster(deployment({ pod: "serviceAccountName: web" }), object("v1/ServiceAccount")) },
    bad: { subjects: cluster(deployment({ pod: "serviceAccountName: wbe" }), object("v1/ServiceAccount")) },
  },
});
