// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isList, isRecord } from "../../engine/value";

const TYPE = "alicloud:oss/bucket:Bucket";

export default defineRule({
  id: "unfinished-uploads-removed",
  severity: "low",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-CONFIG"],
  title: "Parts of uploads that never finished are removed",
  why: "Nobody sees them in a listing, and every one is paid for.",
  remedy: "Give lifecycleRules one with abortMultipartUploads.",
  check: (subject) =>
    expectValue(
      subject,
      "lifecycleRules",
      (rules) =>
        isList(rules) && rules.some((rule) => isRecord(rule) && rule.abortMultipartUploads !== undefined),
      "a rule with abortMultipartUploads",
    ),
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { lifecycleRules: [{ abortMultipartUploads: [{ days: 7 }] }] },
        },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
