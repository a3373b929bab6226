// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/backupPolicy:BackupPolicy";

export default defineRule({
  id: "rds-backup-retention",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-RESTORE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "Backups of a database are kept for at least 30 days",
  why: "A date that the contract promises cannot be restored once its backup has expired.",
  remedy: "Set backupRetentionPeriod to at least the promised window of the platform, and not below 30.",
  check: (subject) => atLeast(subject, "backupRetentionPeriod", 30, "days"),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { backupRetentionPeriod: 35 } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { backupRetentionPeriod: 7 } }] },
  },
});
