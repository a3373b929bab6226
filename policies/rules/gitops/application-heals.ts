// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, equals } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { APPLICATION, APPLICATIONS, applicationSpecOf } from "../../engine/kubernetes/gitops";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "application-heals",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: APPLICATIONS }],
  clauses: ["SEC-RELEASE", "SEC-CONFIG"],
  title: "What runs is what git says: removed when it is removed there, put back when it is changed by hand",
  why: "A change by hand that stays is in no review and no report, and the next release undoes it by surprise.",
  remedy: "Set syncPolicy.automated with prune: true and selfHeal: true, and retry.limit of 1 or more.",
  check: (subject) => {
    const policy = [...applicationSpecOf(subject), "syncPolicy"];
    return [
      ...equals(subject, [...policy, "automated", "prune"], true),
      ...equals(subject, [...policy, "automated", "selfHeal"], true),
      ...atLeast(subject, [...policy, "retry", "limit"], 1, "tries"),
    ];
  },
  examples: {
    good: {
      subjects: object(APPLICATION, {
        spec: "syncPolicy: { automated: { prune: true, selfHeal: true }, retry: { limit: 5 } }",
      }),
    },
    bad: {
      subjects: object(APPLICATION, {
        spec: "syncPolicy: { automated: { prune: true }, retry: { limit: 5 } }",
      }),
    },
  },
});
