// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:cs/managedKubernetes:ManagedKubernetes";

export default defineRule({
  id: "cluster-deletion-protection",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["DR-RESTORE"],
  title: "The cluster cannot be deleted by a mistaken call",
  why: "Its volumes and load balancers go with it.",
  remedy: "Set deletionProtection: true.",
  check: (subject) => equals(subject, "deletionProtection", true),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { deletionProtection: true } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { deletionProtection: false } }] },
  },
});
