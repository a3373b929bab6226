// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:kms/key:Key";

export default defineRule({
  id: "key-rotates",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["CONF-PLEDGE"],
  title: "Encryption keys are rotated by themselves",
  why: "A key that never changes protects all data ever written, and leaks all of it at once.",
  remedy: "Set automaticRotation: Enabled and a rotationInterval.",
  check: (subject) => [
    ...equals(subject, "automaticRotation", "Enabled"),
    ...present(subject, "rotationInterval", "an interval such as 365d"),
  ],
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: { automaticRotation: "Enabled", rotationInterval: "365d" } },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { automaticRotation: "Disabled" } }] },
  },
});
