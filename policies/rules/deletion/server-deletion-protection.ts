// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:ecs/instance:Instance";

export default defineRule({
  id: "server-deletion-protection",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["DR-RESTORE"],
  title: "A server cannot be released by a mistaken call",
  why: "It keeps data that is not in the cluster, and its address is known to others.",
  remedy: "Set deletionProtection: true.",
  check: (subject) => equals(subject, "deletionProtection", true),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { deletionProtection: true } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
