// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue, present, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:kvstore/instance:Instance";
const TAIR = "alicloud:redis/tairInstance:TairInstance";

export default defineRule({
  id: "redis-two-zones",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE, TAIR] }],
  when: ({ environment }) => environment === "prod",
  clauses: ["SLA-P1", "SVC-PATROL"],
  title: "Redis has a replica in another zone",
  why: "Sessions of all learners end with its zone.",
  remedy: "Set secondaryZoneId to another zone than zoneId.",
  check: (subject) => [
    ...present(subject, "secondaryZoneId", "the zone of the replica"),
    ...expectValue(
      subject,
      "secondaryZoneId",
      (zone) => zone === undefined || zone !== valueAt(subject, "zoneId"),
      "another zone than the primary's",
    ),
  ],
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: { zoneId: "cn-beijing-h", secondaryZoneId: "cn-beijing-i" } },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { zoneId: "cn-beijing-h" } }] },
  },
});
