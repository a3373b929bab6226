// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, PODS, podSecurity } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "pod-not-privileged",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [
    podSecurity("Baseline", "Privileged Containers"),
    { standard: "GB/T 22239-2019", clause: "8.1.4.2" },
  ],
  title: "No container is privileged",
  why: "A privileged container is root on its node: it reads every secret and every disk that is mounted there.",
  remedy: "Remove privileged: true; what needs a device or the host belongs on a server of its own.",
  check: (subject) =>
    eachContainer(subject, (path) =>
      expectValue(subject, [...path, "securityContext", "privileged"], (value) => value !== true, "false"),
    ),
  examples: {
    good: { subjects: deployment({ container: "securityContext: { privileged: false }" }) },
    bad: { subjects: deployment({ container: "securityContext: { privileged: true }" }) },
  },
});
