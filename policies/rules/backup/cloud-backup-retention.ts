// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, each } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";

const TYPE = "alicloud:hbr/policy:Policy";

export default defineRule({
  id: "cloud-backup-retention",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-RESTORE"],
  title: "Cloud Backup keeps copies for at least 30 days",
  why: "The files of a promised date must be there when its database is.",
  remedy: "Set retention of each BACKUP rule to at least 30 days.",
  check: (subject) =>
    each(subject, "rules", (rule, path) =>
      isRecord(rule) && rule.ruleType === "BACKUP"
        ? atLeast(subject, [...path, "retention"], 30, "days")
        : [],
    ),
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: { rules: [{ ruleType: "BACKUP", retention: 35 }] } },
      ],
    },
    bad: {
      subjects: [{ type: TYPE, name: "main", properties: { rules: [{ ruleType: "BACKUP", retention: 7 }] } }],
    },
  },
});
