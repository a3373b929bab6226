// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const RECOMMENDED = ["name", "part-of", "managed-by"].map((name) => `app.kubernetes.io/${name}`);

const labelled = (labels: string): string => `
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  namespace: learning
  labels: { ${labels} }
`;

export default defineRule({
  id: "required-labels",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: ["*"] }],
  clauses: ["SVC-TEAM", "SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.10.2" }],
  title: "Every object says who answers for it, where it runs and what it belongs to",
  why: "At night nobody asks around for an owner, and a selector that relies on a missing label finds nothing.",
  remedy: "Add the labels owner (a role), environment and app.kubernetes.io/name, part-of and managed-by.",
  check: (subject) => [
    ...["owner", ...RECOMMENDED].flatMap((name) => present(subject, ["metadata", "labels", name], "a label")),
    ...expectValue(
      subject,
      ["metadata", "labels", "environment"],
      (value) => value === subject.environment,
      subject.environment || "the environment it is applied to",
    ),
  ],
  examples: {
    good: {
      subjects: labelled(
        "owner: web-engineer, environment: prod, app.kubernetes.io/name: web, app.kubernetes.io/part-of: netedu, app.kubernetes.io/managed-by: argocd",
      ),
    },
    bad: { subjects: labelled("environment: prod, app.kubernetes.io/name: web") },
  },
});
