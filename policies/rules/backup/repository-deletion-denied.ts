// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { covers, statementsAt } from "../../engine/ram";
import { defineRule } from "../../engine/rule";
import { tag } from "../../engine/stack";

const TYPE = "alicloud:oss/bucket:Bucket";

const POLICY = "alicloud:oss/bucketPolicy:BucketPolicy";
const WANTED = [
  "oss:DeleteObjectVersion",
  "oss:DeleteBucket",
  "oss:PutBucketVersioning",
  "oss:PutBucketLifecycle",
];

export default defineRule({
  id: "repository-deletion-denied",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: (subject) => tag(subject, "purpose") === "pgbackrest",
  clauses: ["DR-RESTORE"],
  title: "Writers of the backup repository cannot destroy it",
  why: "Whoever takes over a database server must not be able to remove its backups as well.",
  remedy:
    "Declare an oss.BucketPolicy that denies DeleteObjectVersion, DeleteBucket, PutBucketVersioning and PutBucketLifecycle.",
  check: (subject, world) => {
    const denied = world
      .referrers(subject, POLICY, "bucket")
      .flatMap((policy) => statementsAt(policy, "policy"))
      .filter(({ effect }) => effect === "Deny")
      .flatMap(({ actions }) => actions);
    const open = WANTED.filter((action) => !denied.some((pattern) => covers(pattern, action)));
    return open.length === 0
      ? []
      : finding("", `no bucket policy denies ${open.join(", ")}; expected all denied`);
  },
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "repository", properties: { tags: { purpose: "pgbackrest" } } },
        {
          type: POLICY,
          name: "writers",
          properties: {
            policy: JSON.stringify({
              Version: "1",
              Statement: [{ Effect: "Deny", Action: WANTED, Resource: "*" }],
            }),
          },
          references: { bucket: ["repository"] },
        },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "repository", properties: { tags: { purpose: "pgbackrest" } } }] },
  },
});
