// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/instance:Instance";

export default defineRule({
  id: "rds-deletion-protection",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: ({ environment }) => !environment.startsWith("drill-"),
  clauses: ["DR-RESTORE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "A database that holds data cannot be released by a mistaken call",
  why: "Releasing an instance removes its data and, unless they are kept, its backups within minutes.",
  remedy: "Set deletionProtection: true; switch it off in a change of its own before a planned removal.",
  check: (subject) => equals(subject, "deletionProtection", true),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { deletionProtection: true } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
