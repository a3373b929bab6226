// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:oss/bucketReplication:BucketReplication";

export default defineRule({
  id: "replication-never-deletes",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-RESTORE"],
  title: "Replication copies what is written and never what is deleted",
  why: "A deletion that is replicated removes the last copy within minutes.",
  remedy:
    "Set action to PUT (or to a list without DELETE and ALL) and historicalObjectReplication to enabled.",
  check: (subject) => [
    ...expectValue(
      subject,
      "action",
      (action) =>
        typeof action === "string" &&
        action.split(",").every((each) => each.trim() === "PUT" || each.trim() === "ADD"),
      "PUT, without DELETE and ALL",
    ),
    ...equals(subject, "historicalObjectReplication", "enabled"),
  ],
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: { action: "PUT", historicalObjectReplication: "enabled" } },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: { action: "ALL", historicalObjectReplication: "enabled" } },
      ],
    },
  },
});
