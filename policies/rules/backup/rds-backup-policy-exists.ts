// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:rds/instance:Instance";

const POLICY = "alicloud:rds/backupPolicy:BackupPolicy";

export default defineRule({
  id: "rds-backup-policy-exists",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["DR-BACKUP", "DR-RESTORE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "Every database has a backup policy of its own",
  why: "Without one the vendor's default applies: a week of backups and no promise of the hour.",
  remedy: "Declare an rds.BackupPolicy whose instanceId comes from this instance.",
  check: (subject, world) =>
    world.referrers(subject, POLICY, "instanceId").length > 0
      ? []
      : finding("", "no backup policy takes its instanceId from this instance; expected one"),
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: {} },
        { type: POLICY, name: "main-backups", properties: {}, references: { instanceId: ["main"] } },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: {} },
        { type: POLICY, name: "of another", properties: { instanceId: "pgm-other" } },
      ],
    },
  },
});
