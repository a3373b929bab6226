// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:alb/loadBalancer:LoadBalancer";

export default defineRule({
  id: "load-balancer-deletion-protection",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["SLA-P1"],
  title: "The load balancer cannot be deleted by a mistaken call",
  why: "Its name is what every learner's address resolves to; a new one has another.",
  remedy: "Set deletionProtectionEnabled: true.",
  check: (subject) => equals(subject, "deletionProtectionEnabled", true),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { deletionProtectionEnabled: true } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
