// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, expectValue, present } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "cron-job-ends",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: ["batch/v1/CronJob"] }],
  clauses: ["DR-RESTORE", "SEC-CONFIG"],
  title: "A scheduled job starts in time or not at all, and ends",
  why: "A job that hangs blocks every later run; one that was missed starts at any hour, even in the middle of the day.",
  remedy:
    "Set startingDeadlineSeconds (10 s or more: the controller looks every 10 s), activeDeadlineSeconds and backoffLimit.",
  check: (subject) => [
    ...atLeast(subject, "spec.startingDeadlineSeconds", 10, "s"),
    ...present(subject, "spec.jobTemplate.spec.activeDeadlineSeconds", "a number of seconds"),
    ...expectValue(
      subject,
      "spec.jobTemplate.spec.backoffLimit",
      (value) => typeof value === "number" && value <= 3,
      "at most 3 further tries",
    ),
  ],
  examples: {
    good: {
      subjects: object("batch/v1/CronJob", {
        spec: "startingDeadlineSeconds: 600\njobTemplate: { spec: { activeDeadlineSeconds: 7200, backoffLimit: 0 } }",
      }),
    },
    bad: {
      subjects: object("batch/v1/CronJob", {
        spec: "startingDeadlineSeconds: 600\njobTemplate: { spec: { backoffLimit: 0 } }",
      }),
    },
  },
});
