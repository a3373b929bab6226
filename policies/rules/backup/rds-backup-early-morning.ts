// One rule; what a rule is stands in policies/engine/rule.ts.
import { earlyMorning } from "../../engine/clock-window";
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/backupPolicy:BackupPolicy";

export default defineRule({
  id: "rds-backup-early-morning",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-BACKUP"],
  title: "The database is backed up in the early morning of Asia/Shanghai",
  why: "The contract says 凌晨; in working hours a backup competes with learners for the disk, and DDL makes it fail.",
  remedy:
    "Set preferredBackupTime to a window between 16:00Z and 22:00Z, which is 00:00-06:00 in Asia/Shanghai.",
  check: (subject) =>
    expectValue(
      subject,
      "preferredBackupTime",
      (window) => typeof window === "string" && earlyMorning(window),
      "a window of UTC within 16:00Z-22:00Z (00:00-06:00 Asia/Shanghai)",
    ),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { preferredBackupTime: "18:00Z-19:00Z" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { preferredBackupTime: "02:00Z-03:00Z" } }] },
  },
});
