// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/instance:Instance";

export default defineRule({
  id: "rds-sql-audit",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["ARC-EVENTS", "SEC-LOGS"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.3" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "6.3" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "6.4" },
  ],
  title: "Statements of the database are recorded for at least 180 days",
  why: "Who read or changed a learner's record must be answerable.",
  remedy:
    "Set sqlCollectorStatus: Enabled and sqlCollectorConfigValue to 180 or more (30, 180, 365, 1095, 1825).",
  check: (subject) => [
    ...equals(subject, "sqlCollectorStatus", "Enabled"),
    ...atLeast(subject, "sqlCollectorConfigValue", 180, "days"),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { sqlCollectorStatus: "Enabled", sqlCollectorConfigValue: 365 },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { sqlCollectorStatus: "Enabled", sqlCollectorConfigValue: 30 },
        },
      ],
    },
  },
});
