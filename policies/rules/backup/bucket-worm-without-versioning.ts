// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:oss/bucketWorm:BucketWorm";

const BUCKET = "alicloud:oss/bucket:Bucket";
const VERSIONING = "alicloud:oss/bucketVersioning:BucketVersioning";

export default defineRule({
  id: "bucket-worm-without-versioning",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["ARC-EVENTS"],
  title: "A retention lock stands on a bucket without versioning",
  why: "OSS refuses a lock on a versioned bucket: the deployment would stop half way.",
  remedy: "Remove the versioning of the bucket, or the lock.",
  check: (subject, world) => {
    const versioned = subject
      .references("bucket")
      .flatMap((id) => world.subject(id) ?? [])
      .filter((bucket) => world.referrers(bucket, VERSIONING, "bucket").length > 0);
    return versioned.flatMap(({ name }) =>
      finding("bucket", `bucket ${name} is versioned too; expected no versioning`),
    );
  },
  examples: {
    good: {
      subjects: [
        { type: BUCKET, name: "evidence", properties: {} },
        { type: TYPE, name: "lock", properties: {}, references: { bucket: ["evidence"] } },
      ],
    },
    bad: {
      subjects: [
        { type: BUCKET, name: "evidence", properties: {} },
        { type: TYPE, name: "lock", properties: {}, references: { bucket: ["evidence"] } },
        { type: VERSIONING, name: "versions", properties: {}, references: { bucket: ["evidence"] } },
      ],
    },
  },
});
