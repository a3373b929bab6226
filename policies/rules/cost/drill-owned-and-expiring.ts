// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isDrill } from "../../engine/stack";

const TYPES = [
  "alicloud:vpc/network:Network",
  "alicloud:rds/rdsCloneDbInstance:RdsCloneDbInstance",
  "alicloud:ecs/instance:Instance",
  "alicloud:ecs/securityGroup:SecurityGroup",
];

export default defineRule({
  id: "drill-owned-and-expiring",
  severity: "high",
  applies: [{ surface: "stack", types: TYPES }],
  when: isDrill,
  clauses: ["DR-DRILL"],
  title: "What a drill makes names its owner, its end and its budget",
  why: "A forgotten restore of production costs as much as production, and holds its data.",
  remedy: "Tag it with drill, owner, expires (an instant with its zone) and cost-cap-cny.",
  check: (subject) => [
    ...present(subject, ["tags", "drill"], "the drill's name"),
    ...present(subject, ["tags", "owner"], "a role"),
    ...expectValue(
      subject,
      ["tags", "expires"],
      (text) =>
        typeof text === "string" && /(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
      "an instant with its zone",
    ),
    ...expectValue(subject, ["tags", "cost-cap-cny"], (cap) => Number(cap) > 0, "an amount in CNY"),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPES[0]!,
          name: "cell",
          environment: "drill-7",
          properties: {
            tags: {
              drill: "drill-7",
              owner: "drill-lead",
              expires: "2026-12-01T12:00:00Z",
              "cost-cap-cny": "300",
            },
          },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPES[0]!,
          name: "cell",
          environment: "drill-7",
          properties: { tags: { drill: "drill-7", owner: "drill-lead" } },
        },
      ],
    },
  },
});
