// One rule; what a rule is stands in policies/engine/rule.ts.
import { present } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, PODS } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

const FIELDS = [
  ["requests", "cpu"],
  ["requests", "memory"],
  ["limits", "memory"],
  ["limits", "cpu"],
];

export default defineRule({
  id: "pod-resources",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["PERF-INTERACT", "SEC-CONFIG"],
  title: "Every container says what it needs and what it may take",
  why: "Without requests pods land where there is no room; without limits one of them starves the others.",
  remedy: "Set resources.requests and resources.limits, each with cpu and memory, from what was measured.",
  check: (subject) =>
    eachContainer(subject, (path) =>
      FIELDS.flatMap((field) => present(subject, [...path, "resources", ...field], "an amount")),
    ),
  examples: {
    good: {
      subjects: deployment({
        container:
          "resources: { requests: { cpu: 100m, memory: 64Mi }, limits: { cpu: 200m, memory: 64Mi } }",
      }),
    },
    bad: { subjects: deployment({ container: "resources: { requests: { cpu: 100m, memory: 64Mi } }" }) },
  },
});
