// One rule; what a rule is stands in policies/engine/rule.ts.
import { each, expectValue } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, PODS, podSecurity } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "pod-no-host-ports",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [podSecurity("Baseline", "Host Ports"), { standard: "GB/T 22239-2019", clause: "8.1.3.2" }],
  title: "No container opens a port of its node",
  why: "The port is reachable past Ingress and Service, and only one such pod fits on a node.",
  remedy: "Remove hostPort and let a Service find the pod.",
  check: (subject) =>
    eachContainer(subject, (path) =>
      each(subject, [...path, "ports"], (_, port) =>
        expectValue(subject, [...port, "hostPort"], (value) => value === undefined || value === 0, "none"),
      ),
    ),
  examples: {
    good: { subjects: deployment({ container: "ports: [{ containerPort: 8080 }]" }) },
    bad: { subjects: deployment({ container: "ports: [{ containerPort: 8080, hostPort: 80 }]" }) },
  },
});
