// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:cms/alarm:Alarm";

export default defineRule({
  id: "alarm-reaches-people",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SLA-P1", "KEY-WATCH"],
  title: "Every alarm is on and tells somebody",
  why: "Ten minutes to respond begin when the alarm sounds, heard or not.",
  remedy: "Set enabled: true and name a contact group of the priority.",
  check: (subject) => [
    ...equals(subject, "enabled", true),
    ...present(subject, "contactGroups", "a contact group"),
  ],
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: { enabled: true, contactGroups: ["netedu-prod-p1"] } },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { enabled: true, contactGroups: [] } }] },
  },
});
