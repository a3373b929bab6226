// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:kms/key:Key";

export default defineRule({
  id: "key-deletion-protection",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["DR-RESTORE"],
  title: "An encryption key cannot be deleted at once",
  why: "Without its key every encrypted backup is noise.",
  remedy: "Set deletionProtection: Enabled and pendingWindowInDays to at least 7.",
  check: (subject) => [
    ...equals(subject, "deletionProtection", "Enabled"),
    ...atLeast(subject, "pendingWindowInDays", 7, "days"),
  ],
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: { deletionProtection: "Enabled", pendingWindowInDays: 30 } },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { pendingWindowInDays: 30 } }] },
  },
});
