// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { tag } from "../../engine/stack";

const TYPE = "alicloud:oss/bucket:Bucket";

const WORM = "alicloud:oss/bucketWorm:BucketWorm";

export default defineRule({
  id: "evidence-locked",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: (subject) => tag(subject, "purpose") === "evidence",
  clauses: ["ARC-EVENTS"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "The bucket of evidence cannot be rewritten, by anybody",
  why: "Evidence that its keeper can delete proves nothing to an outsider.",
  remedy: "Declare an oss.BucketWorm on the bucket with a retention of at least 180 days.",
  check: (subject, world) => {
    const locks = world.referrers(subject, WORM, "bucket");
    if (locks.length === 0) return finding("", "no retention lock takes its bucket from here; expected one");
    return locks.flatMap((lock) =>
      atLeast(lock, "retentionPeriodInDays", 180, "days").map((each) => ({ ...each, path: [] })),
    );
  },
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "evidence", properties: { tags: { purpose: "evidence" } } },
        {
          type: WORM,
          name: "lock",
          properties: { retentionPeriodInDays: 1095 },
          references: { bucket: ["evidence"] },
        },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "evidence", properties: { tags: { purpose: "evidence" } } }] },
  },
});
