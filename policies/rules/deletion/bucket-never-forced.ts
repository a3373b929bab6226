// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:oss/bucket:Bucket";

export default defineRule({
  id: "bucket-never-forced",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["DR-RESTORE"],
  title: "A bucket that holds objects is never destroyed",
  why: "forceDestroy deletes every object and every version before the bucket.",
  remedy: "Remove forceDestroy; empty the bucket in a change of its own before a planned removal.",
  check: (subject) =>
    expectValue(
      subject,
      "forceDestroy",
      (value) => value === undefined || value === false,
      "no forceDestroy",
    ),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { forceDestroy: true } }] },
  },
});
