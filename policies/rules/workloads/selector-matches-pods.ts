// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { deployment, object } from "../../engine/kubernetes/examples";
import { selects } from "../../engine/kubernetes/objects";
import { LONG_RUNNING, podLabelsOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "selector-matches-pods",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: LONG_RUNNING }],
  clauses: ["SEC-RELEASE"],
  title: "A workload selects its own pods",
  why: "The API server refuses it, and a controller that does not count its pods makes more and more of them.",
  remedy: "Give the pod template every label of spec.selector.matchLabels.",
  check: (subject) =>
    selects(valueAt(subject, "spec.selector"), podLabelsOf(subject))
      ? []
      : finding(
          "spec.selector",
          "does not match the labels of the pod template; expected labels that it has",
        ),
  examples: {
    good: { subjects: deployment({}) },
    bad: {
      subjects: object("apps/v1/Deployment", {
        spec: "selector: { matchLabels: { app: web } }\ntemplate: { metadata: { labels: { app: api } } }",
      }),
    },
  },
});
