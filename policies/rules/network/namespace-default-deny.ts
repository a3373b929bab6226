// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, object } from "../../engine/kubernetes/examples";
import { inCluster, listAt, namespaceOf } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";
import type { Subject } from "../../engine/subject";
import { isRecord } from "../../engine/value";

const POLICY = "networking.k8s.io/v1/NetworkPolicy";
const namespace = object("v1/Namespace", { name: "learning", namespace: "" });

/** Directions in which a policy denies every pod of its namespace everything. */
function denied(policy: Subject): string[] {
  const selector = valueAt(policy, "spec.podSelector");
  const everyPod = isRecord(selector) && Object.keys(selector).length === 0;
  const silent = ["ingress", "egress"].every((list) => listAt(policy, ["spec", list]).length === 0);
  return everyPod && silent ? listAt(policy, "spec.policyTypes").map(String) : [];
}

export default defineRule({
  id: "namespace-default-deny",
  severity: "high",
  applies: [{ surface: "kubernetes", types: ["v1/Namespace"] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.3.2" }],
  title: "In every namespace traffic is denied both ways unless a policy allows it",
  why: "Without it every pod reaches every other, and one that is broken into reaches the database and the Internet.",
  remedy: "Add a NetworkPolicy with podSelector: {}, policyTypes [Ingress, Egress] and no rules.",
  check: (subject, world) => {
    const policies = inCluster(world, subject, POLICY).filter((each) => namespaceOf(each) === subject.name);
    const covered = policies.flatMap(denied);
    return ["Ingress", "Egress"]
      .filter((direction) => !covered.includes(direction))
      .flatMap((direction) =>
        finding("metadata.name", `no policy denies ${direction} by default here; expected one`),
      );
  },
  examples: {
    good: {
      subjects: cluster(
        namespace,
        object(POLICY, { spec: "podSelector: {}\npolicyTypes: [Ingress, Egress]" }),
      ),
    },
    bad: {
      subjects: cluster(namespace, object(POLICY, { spec: "podSelector: {}\npolicyTypes: [Ingress]" })),
    },
  },
});
