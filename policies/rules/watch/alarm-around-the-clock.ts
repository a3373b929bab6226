// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:cms/alarm:Alarm";

export default defineRule({
  id: "alarm-around-the-clock",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SVC-REMOTE", "KEY-WATCH"],
  title: "Alarms sound around the clock",
  why: "Support is promised 7×24.",
  remedy: "Set effectiveInterval: 00:00-23:59, or leave it out.",
  check: (subject) =>
    expectValue(
      subject,
      "effectiveInterval",
      (interval) => interval === undefined || interval === "00:00-23:59",
      "00:00-23:59",
    ),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { effectiveInterval: "00:00-23:59" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { effectiveInterval: "09:00-18:00" } }] },
  },
});
