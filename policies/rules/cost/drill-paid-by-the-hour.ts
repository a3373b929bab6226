// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/rdsCloneDbInstance:RdsCloneDbInstance";

export default defineRule({
  id: "drill-paid-by-the-hour",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-DRILL"],
  title: "What a drill makes is paid for by the hour",
  why: "A subscription cannot be given back after an hour.",
  remedy: "Set paymentType: PayAsYouGo.",
  check: (subject) => equals(subject, "paymentType", "PayAsYouGo"),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { paymentType: "PayAsYouGo" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { paymentType: "Subscription" } }] },
  },
});
