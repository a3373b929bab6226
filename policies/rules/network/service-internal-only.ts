// One rule; what a rule is stands in policies/engine/rule.ts.
import { absent, among } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { annotationOf } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";

const REASON = "netedu.example/why-exposed";

export default defineRule({
  id: "service-internal-only",
  severity: "high",
  applies: [{ surface: "kubernetes", types: ["v1/Service"] }],
  when: (subject) => annotationOf(subject, REASON) === undefined,
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.3.1" }],
  title: "Services are reached through the Ingress only",
  why: "A NodePort or a LoadBalancer is a second way in, without TLS, without limits, and with a bill.",
  remedy: `Use type ClusterIP and an Ingress; where that cannot be, annotate ${REASON}.`,
  check: (subject) => [...among(subject, "spec.type", ["ClusterIP"]), ...absent(subject, "spec.externalIPs")],
  examples: {
    good: { subjects: object("v1/Service", { spec: "type: ClusterIP" }) },
    bad: { subjects: object("v1/Service", { spec: "type: NodePort" }) },
  },
});
