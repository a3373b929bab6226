// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, equals, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/backupPolicy:BackupPolicy";

export default defineRule({
  id: "rds-log-backup",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-RESTORE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "Log backups are on and kept as long as the backups",
  why: "Without logs only the moments of the backups can be restored, not an instant between them.",
  remedy: "Set enableBackupLog: true and logBackupRetentionPeriod to the backup retention.",
  check: (subject) => {
    const kept = valueAt(subject, "backupRetentionPeriod");
    const least = typeof kept === "number" ? kept : 30;
    return [
      ...equals(subject, "enableBackupLog", true),
      ...atLeast(subject, "logBackupRetentionPeriod", least, "days"),
    ];
  },
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { backupRetentionPeriod: 35, enableBackupLog: true, logBackupRetentionPeriod: 35 },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { backupRetentionPeriod: 35, enableBackupLog: true, logBackupRetentionPeriod: 7 },
        },
      ],
    },
  },
});
