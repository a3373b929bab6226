// One rule; what a rule is stands in policies/engine/rule.ts.
import { object } from "../../engine/kubernetes/examples";
import { lifecycleOf } from "../../engine/kubernetes/lifecycle";
import { mistakesOf } from "../../engine/kubernetes/schema";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "manifest-valid",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: ["*"] }],
  // What is gone altogether is said by api-version-served.
  when: ({ type }) => lifecycleOf(type)?.state !== "removed",
  clauses: ["SEC-RELEASE"],
  title: "Every manifest is what its kind's definition allows",
  why: "The API server refuses it, or drops the field that it does not know, and a setting is silently not there.",
  remedy:
    "Correct the field. Definitions are those of policies/schemas/kubernetes, made from the kinds' own sources.",
  check: (subject) =>
    mistakesOf(subject).map(({ path, message, expected }) => ({
      path,
      message: `${message}; expected ${expected}`,
    })),
  examples: {
    good: { subjects: object("v1/ConfigMap", { fields: "data: { region: cn-beijing }" }) },
    bad: { subjects: object("v1/ConfigMap", { fields: "dat: { region: cn-beijing }" }) },
  },
});
