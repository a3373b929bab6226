// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:kvstore/instance:Instance";

export default defineRule({
  id: "redis-release-protection",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["DR-RESTORE"],
  title: "Redis cannot be released by a mistaken call",
  why: "Queues and sessions of every learner are in it.",
  remedy: "Set instanceReleaseProtection: true.",
  check: (subject) => equals(subject, "instanceReleaseProtection", true),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { instanceReleaseProtection: true } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
