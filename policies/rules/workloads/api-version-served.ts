// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { lifecycleOf } from "../../engine/kubernetes/lifecycle";
import { KUBERNETES } from "../../engine/kubernetes/version";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "api-version-served",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: ["*"] }],
  clauses: ["SEC-RELEASE"],
  title: `Every API version is served by Kubernetes ${KUBERNETES} and the controllers we run`,
  why: "The API server does not know it any more: the object is not made, and Argo CD stops at it.",
  remedy: "Write the version that took its place; fields may have moved.",
  check: ({ type }) => {
    const lifecycle = lifecycleOf(type);
    if (lifecycle?.state !== "removed") return [];
    const use = lifecycle.use ? `; expected ${lifecycle.use}` : "";
    return finding("apiVersion", `${type} is gone since ${lifecycle.since}${use}`);
  },
  examples: {
    good: { subjects: object("policy/v1/PodDisruptionBudget") },
    bad: { subjects: object("policy/v1beta1/PodDisruptionBudget") },
  },
});
