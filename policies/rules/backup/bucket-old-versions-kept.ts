// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, each } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:oss/bucket:Bucket";

export default defineRule({
  id: "bucket-old-versions-kept",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DATA-MISTAKE"],
  title: "Old versions of objects are kept for at least 30 days",
  why: "A lifecycle rule that removes old versions early takes back what versioning promises.",
  remedy: "Set noncurrentVersionExpirations[].days to at least 30.",
  check: (subject) =>
    each(subject, "lifecycleRules", (_, path) =>
      each(subject, [...path, "noncurrentVersionExpirations"], (__, expiry) =>
        atLeast(subject, [...expiry, "days"], 30, "days"),
      ),
    ),
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { lifecycleRules: [{ noncurrentVersionExpirations: [{ days: 35 }] }] },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { lifecycleRules: [{ noncurrentVersionExpirations: [{ days: 1 }] }] },
        },
      ],
    },
  },
});
