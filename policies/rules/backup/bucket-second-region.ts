// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:oss/bucket:Bucket";

const REPLICATION = "alicloud:oss/bucketReplication:BucketReplication";
const WORM = "alicloud:oss/bucketWorm:BucketWorm";

export default defineRule({
  id: "bucket-second-region",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: (subject, world) =>
    subject.environment === "prod" && world.referrers(subject, WORM, "bucket").length === 0,
  clauses: ["DR-RESTORE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "Every bucket of production has a copy in the second region",
  why: "A region that is lost takes every bucket with it that has no copy elsewhere.",
  remedy:
    "Declare an oss.BucketReplication of the bucket; a locked bucket, which OSS cannot replicate both ways, is exempt.",
  check: (subject, world) =>
    world.referrers(subject, REPLICATION, "bucket").length > 0
      ? []
      : finding("", "no replication takes its bucket from here; expected one"),
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "courses", properties: {} },
        { type: REPLICATION, name: "courses-copy", properties: {}, references: { bucket: ["courses"] } },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "courses", properties: {} }] },
  },
});
