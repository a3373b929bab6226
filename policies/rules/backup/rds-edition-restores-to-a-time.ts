// One rule; what a rule is stands in policies/engine/rule.ts.
import { among } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:rds/instance:Instance";

export default defineRule({
  id: "rds-edition-restores-to-a-time",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["DR-RESTORE"],
  title: "The edition of the database can be restored to an instant",
  why: "The Basic edition of ApsaraDB for PostgreSQL takes no log backup, so it has no point-in-time recovery.",
  remedy: "Choose the category HighAvailability or cluster.",
  check: (subject) => among(subject, "category", ["HighAvailability", "cluster"]),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { category: "HighAvailability" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { category: "Basic" } }] },
  },
});
