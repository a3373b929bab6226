// One rule; what a rule is stands in policies/engine/rule.ts.
import { among } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/backupPolicy:BackupPolicy";

export default defineRule({
  id: "rds-released-backups-kept",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-RESTORE"],
  title: "Backups outlive a released instance",
  why: "By default the backups vanish with the instance: the mistake and its remedy go together.",
  remedy: "Set releasedKeepPolicy to All, or to Lastest (the vendor's spelling).",
  check: (subject) => among(subject, "releasedKeepPolicy", ["All", "Lastest"]),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { releasedKeepPolicy: "All" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { releasedKeepPolicy: "None" } }] },
  },
});
