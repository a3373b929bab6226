// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { showValue } from "../../engine/value";

const TYPE = "alicloud:rds/instance:Instance";

const POLICY = "alicloud:rds/backupPolicy:BackupPolicy";

export default defineRule({
  id: "rds-maintenance-beside-backup",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-BACKUP"],
  title: "Maintenance and backup do not share their hour",
  why: "A restart for maintenance ends a running backup.",
  remedy: "Let maintainTime begin after preferredBackupTime ends.",
  check: (subject, world) => {
    const maintained = valueAt(subject, "maintainTime");
    return world
      .referrers(subject, POLICY, "instanceId")
      .filter((policy) => valueAt(policy, "preferredBackupTime") === maintained)
      .flatMap(() =>
        finding("maintainTime", `${showValue(maintained)} is the backup's hour too; expected another`),
      );
  },
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: { maintainTime: "20:00Z-21:00Z" } },
        {
          type: POLICY,
          name: "backups",
          properties: { preferredBackupTime: "18:00Z-19:00Z" },
          references: { instanceId: ["main"] },
        },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: { maintainTime: "18:00Z-19:00Z" } },
        {
          type: POLICY,
          name: "backups",
          properties: { preferredBackupTime: "18:00Z-19:00Z" },
          references: { instanceId: ["main"] },
        },
      ],
    },
  },
});
