// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isList, isRecord } from "../../engine/value";

const TYPE = "alicloud:alb/loadBalancer:LoadBalancer";

export default defineRule({
  id: "edge-two-zones",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SLA-P1", "SVC-PATROL"],
  title: "The load balancer stands in at least two zones",
  why: "It is the one thing that every learner passes.",
  remedy: "Give zoneMappings a vSwitch in each of two or more zones.",
  check: (subject) =>
    expectValue(
      subject,
      "zoneMappings",
      (zones) =>
        isList(zones) && new Set(zones.map((each) => (isRecord(each) ? each.zoneId : each))).size >= 2,
      "vSwitches in two zones or more",
    ),
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { zoneMappings: [{ zoneId: "cn-beijing-h" }, { zoneId: "cn-beijing-i" }] },
        },
      ],
    },
    bad: {
      subjects: [{ type: TYPE, name: "main", properties: { zoneMappings: [{ zoneId: "cn-beijing-h" }] } }],
    },
  },
});
