// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

const WEEK = 7 * 24 * 3600;

export default defineRule({
  id: "cron-job-history-kept",
  severity: "low",
  applies: [{ surface: "kubernetes", types: ["batch/v1/CronJob"] }],
  clauses: ["SEC-LOGS", "ARC-EVENTS"],
  title: "Runs that failed can still be looked at a week later",
  why: "With its pod, the log of the failure is gone before anyone reads it on Monday.",
  remedy: "Set failedJobsHistoryLimit to 3 or more, and ttlSecondsAfterFinished to a week or more.",
  check: (subject) => [
    ...atLeast(subject, "spec.failedJobsHistoryLimit", 3, "runs"),
    ...atLeast(subject, "spec.jobTemplate.spec.ttlSecondsAfterFinished", WEEK, "s"),
  ],
  examples: {
    good: {
      subjects: object("batch/v1/CronJob", {
        spec: "failedJobsHistoryLimit: 10\njobTemplate: { spec: { ttlSecondsAfterFinished: 604800 } }",
      }),
    },
    bad: {
      subjects: object("batch/v1/CronJob", {
        spec: "failedJobsHistoryLimit: 0\njobTemplate: { spec: { ttlSecondsAfterFinished: 60 } }",
      }),
    },
  },
});
