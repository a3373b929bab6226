// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "cron-job-time-zone",
  severity: "high",
  applies: [{ surface: "kubernetes", types: ["batch/v1/CronJob"] }],
  clauses: ["DR-BACKUP"],
  title: "Schedules are in Asia/Shanghai",
  why: "Without a zone the controller's own counts, usually UTC: the early morning becomes the middle of the day.",
  remedy: "Set timeZone: Asia/Shanghai; TZ= inside the schedule is refused.",
  check: (subject) => equals(subject, "spec.timeZone", "Asia/Shanghai"),
  examples: {
    good: { subjects: object("batch/v1/CronJob", { spec: "schedule: 5 5 * * *\ntimeZone: Asia/Shanghai" }) },
    bad: { subjects: object("batch/v1/CronJob", { spec: "schedule: 5 5 * * *" }) },
  },
});
