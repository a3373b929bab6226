// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:ecs/eipAddress:EipAddress";

export default defineRule({
  id: "egress-address-kept",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["MNT-PAYMENT", "MNT-SMS"],
  title: "The fixed address of outgoing calls cannot be released by mistake",
  why: "Payment and SMS vendors allow this address by name; a new one takes them days to allow.",
  remedy: "Set deletionProtection: true.",
  check: (subject) => equals(subject, "deletionProtection", true),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { deletionProtection: true } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
