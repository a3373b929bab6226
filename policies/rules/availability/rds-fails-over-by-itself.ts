// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/instance:Instance";

export default defineRule({
  id: "rds-fails-over-by-itself",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SLA-P1", "SVC-PATROL"],
  title: "The database fails over by itself",
  why: "One hour to repair does not leave time to wake somebody for it.",
  remedy: "Set haConfig: Auto.",
  check: (subject) => equals(subject, "haConfig", "Auto"),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { haConfig: "Auto" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { haConfig: "Manual" } }] },
  },
});
