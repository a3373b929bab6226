// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "cron-job-no-overlap",
  severity: "high",
  applies: [{ surface: "kubernetes", types: ["batch/v1/CronJob"] }],
  clauses: ["DR-RESTORE", "DR-DRILL"],
  title: "A scheduled job never runs beside itself",
  why: "Two verifications fight for one repository and one disk, and both fail; replacing one loses its evidence.",
  remedy: "Set concurrencyPolicy: Forbid.",
  check: (subject) => equals(subject, "spec.concurrencyPolicy", "Forbid"),
  examples: {
    good: { subjects: object("batch/v1/CronJob", { spec: "concurrencyPolicy: Forbid" }) },
    bad: { subjects: object("batch/v1/CronJob", { spec: "concurrencyPolicy: Replace" }) },
  },
});
