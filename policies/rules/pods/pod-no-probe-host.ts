// One rule; what a rule is stands in policies/engine/rule.ts.
import { absent } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, PODS, podSecurity } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

const HANDLERS = [
  ["livenessProbe"],
  ["readinessProbe"],
  ["startupProbe"],
  ["lifecycle", "postStart"],
  ["lifecycle", "preStop"],
];

export default defineRule({
  id: "pod-no-probe-host",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [podSecurity("Baseline", "Host Probes / Lifecycle Hooks")],
  title: "Probes and hooks ask the pod itself",
  why: "The kubelet would call any address from the node, past every NetworkPolicy.",
  remedy: "Remove host from the probe or the hook.",
  check: (subject) =>
    eachContainer(subject, (path) =>
      HANDLERS.flatMap((handler) =>
        ["httpGet", "tcpSocket"].flatMap((kind) => absent(subject, [...path, ...handler, kind, "host"])),
      ),
    ),
  examples: {
    good: { subjects: deployment({ container: "livenessProbe: { httpGet: { path: /livez, port: 9090 } }" }) },
    bad: {
      subjects: deployment({
        container: "livenessProbe: { httpGet: { path: /, port: 80, host: 100.100.100.200 } }",
      }),
    },
  },
});
