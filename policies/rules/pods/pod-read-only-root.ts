// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, PODS } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "pod-read-only-root",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.4" }],
  title: "The image cannot be changed while it runs",
  why: "Whoever breaks in cannot leave a program behind, and nothing is written where a restart would lose it.",
  remedy: "Set readOnlyRootFilesystem: true and mount an emptyDir where the program really writes.",
  check: (subject) =>
    eachContainer(subject, (path) =>
      equals(subject, [...path, "securityContext", "readOnlyRootFilesystem"], true),
    ),
  examples: {
    good: { subjects: deployment({ container: "securityContext: { readOnlyRootFilesystem: true }" }) },
    bad: { subjects: deployment({ container: "securityContext: { readOnlyRootFilesystem: false }" }) },
  },
});
