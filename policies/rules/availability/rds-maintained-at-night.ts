// One rule; what a rule is stands in policies/engine/rule.ts.
import { earlyMorning } from "../../engine/clock-window";
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/instance:Instance";

export default defineRule({
  id: "rds-maintained-at-night",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SLA-P1", "SVC-PATROL"],
  title: "The vendor maintains the database in the early morning",
  why: "Maintenance breaks connections for some seconds.",
  remedy: "Set maintainTime to a window within 16:00Z-22:00Z (00:00-06:00 Asia/Shanghai).",
  check: (subject) =>
    expectValue(
      subject,
      "maintainTime",
      (window) => typeof window === "string" && earlyMorning(window),
      "a window of UTC within 16:00Z-22:00Z (00:00-06:00 Asia/Shanghai)",
    ),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { maintainTime: "20:00Z-21:00Z" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { maintainTime: "02:00Z-03:00Z" } }] },
  },
});
