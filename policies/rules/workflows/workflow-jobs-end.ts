// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { jobsOf } from "../../engine/workflow/questions";

export default defineRule({
  id: "workflow-jobs-end",
  severity: "medium",
  applies: [{ surface: "workflow", types: ["workflow"] }],
  clauses: ["SEC-RELEASE"],
  title: "Every job has a timeout",
  why: "GitHub's own is six hours: a job that hangs holds its concurrency group, and everything waits behind it.",
  remedy: "Set timeout-minutes to about three times what the job takes, at most 360.",
  check: (subject) =>
    jobsOf(subject)
      .filter(({ of }) => of.uses === undefined)
      .flatMap(({ id, of, path }) => {
        const minutes = of["timeout-minutes"];
        const found = minutes === undefined ? "no timeout" : `timeout ${String(minutes)}`;
        return typeof minutes === "number" && minutes > 0 && minutes <= 360
          ? []
          : finding([...path, "timeout-minutes"], `${id} has ${found}; expected 1 to 360 minutes`);
      }),
  examples: {
    good: { subjects: `jobs: { test: { timeout-minutes: 20 } }\n` },
    bad: { subjects: `jobs: { test: { runs-on: ubuntu-24.04 } }\n` },
  },
});
