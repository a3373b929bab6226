// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isList } from "../../engine/value";

const TYPE = "alicloud:rds/backupPolicy:BackupPolicy";

export default defineRule({
  id: "rds-backup-daily",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-BACKUP"],
  title: "The database is backed up every day of the week",
  why: "系统数据每日凌晨自动备份: a day without a backup breaks the contract, and lengthens every recovery from it.",
  remedy: "List all seven days in preferredBackupPeriods.",
  check: (subject) =>
    expectValue(
      subject,
      "preferredBackupPeriods",
      (days) => isList(days) && new Set(days).size === 7,
      "all seven days of the week",
    ),
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            preferredBackupPeriods: [
              "Monday",
              "Tuesday",
              "Wednesday",
              "Thursday",
              "Friday",
              "Saturday",
              "Sunday",
            ],
          },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { preferredBackupPeriods: ["Tuesday", "Thursday", "Saturday"] },
        },
      ],
    },
  },
});
