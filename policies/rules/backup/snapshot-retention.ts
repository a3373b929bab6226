// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:ecs/autoSnapshotPolicy:AutoSnapshotPolicy";

export default defineRule({
  id: "snapshot-retention",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-RESTORE"],
  title: "Snapshots are kept for at least a week",
  why: "Damage on a disk is often noticed only days later.",
  remedy: "Set retentionDays to at least 7, or -1 for ever.",
  check: (subject) =>
    expectValue(
      subject,
      "retentionDays",
      (days) => typeof days === "number" && (days === -1 || days >= 7),
      "at least 7 days, or -1",
    ),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { retentionDays: 30 } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { retentionDays: 3 } }] },
  },
});
