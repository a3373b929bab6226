// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue, present, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/instance:Instance";

export default defineRule({
  id: "rds-two-zones",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SLA-P1", "SVC-PATROL"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "The database has a standby in another zone",
  why: "A zone that fails takes a single-zone database with it for hours.",
  remedy: "Set zoneIdSlaveA to another zone than zoneId, and haConfig Auto.",
  check: (subject) => [
    ...present(subject, "zoneIdSlaveA", "the zone of the standby"),
    ...expectValue(
      subject,
      "zoneIdSlaveA",
      (zone) => zone === undefined || zone !== valueAt(subject, "zoneId"),
      "another zone than the primary's",
    ),
  ],
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: { zoneId: "cn-beijing-h", zoneIdSlaveA: "cn-beijing-i" } },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: { zoneId: "cn-beijing-h", zoneIdSlaveA: "cn-beijing-h" } },
      ],
    },
  },
});
