// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, equals, finding, valueAt } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

const ROLLOUT = "argoproj.io/v1alpha1/Rollout";

export default defineRule({
  id: "rollout-aborts",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [ROLLOUT] }],
  clauses: ["SEC-RELEASE"],
  title: "A release that does not get on is taken back by itself",
  why: "Otherwise it stays half-way, users keep meeting the new version, and somebody has to notice at night.",
  remedy: "Set progressDeadlineAbort: true and progressDeadlineSeconds to more than minReadySeconds.",
  check: (subject) => {
    const ready = Number(valueAt(subject, "spec.minReadySeconds") ?? 0);
    const deadline = valueAt(subject, "spec.progressDeadlineSeconds");
    return [
      ...equals(subject, "spec.progressDeadlineAbort", true),
      ...(typeof deadline === "number" && deadline <= ready
        ? finding(
            "spec.progressDeadlineSeconds",
            `is ${deadline}; expected more than minReadySeconds, ${ready}`,
          )
        : atLeast(subject, "spec.progressDeadlineSeconds", 1, "s")),
    ];
  },
  examples: {
    good: {
      subjects: object(ROLLOUT, { spec: "progressDeadlineAbort: true\nprogressDeadlineSeconds: 600" }),
    },
    bad: { subjects: object(ROLLOUT, { spec: "progressDeadlineSeconds: 600" }) },
  },
});
