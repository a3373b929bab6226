// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, finding } from "../../engine/expect";
import { defineRule, type ExampleSubject } from "../../engine/rule";

const TYPE = "alicloud:oss/bucket:Bucket";

const BLOCK = "alicloud:oss/bucketPublicAccessBlock:BucketPublicAccessBlock";
const ACL = "alicloud:oss/bucketAcl:BucketAcl";

/** A bucket with its block and an access list. */
const withAcl = (acl: string): ExampleSubject[] => [
  { type: TYPE, name: "uploads", properties: {} },
  {
    type: BLOCK,
    name: "uploads-block",
    properties: { blockPublicAccess: true },
    references: { bucket: ["uploads"] },
  },
  { type: ACL, name: "uploads-acl", properties: { acl }, references: { bucket: ["uploads"] } },
];

export default defineRule({
  id: "bucket-public-access-blocked",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["CONF-PLEDGE", "SEC-CONFIG"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.2" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "2.2" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "5.1" },
  ],
  title: "No bucket can be made public",
  why: "Student records have left other platforms through one public bucket.",
  remedy: "Declare an oss.BucketPublicAccessBlock with blockPublicAccess true, and an oss.BucketAcl private.",
  check: (subject, world) => {
    const blocks = world.referrers(subject, BLOCK, "bucket");
    const acls = world.referrers(subject, ACL, "bucket");
    if (blocks.length === 0)
      return finding("", "no public access block takes its bucket from here; expected one");
    return [
      ...blocks.flatMap((block) => equals(block, "blockPublicAccess", true)),
      ...acls.flatMap((acl) => equals(acl, "acl", "private")),
    ].map((found) => ({ ...found, path: [] }));
  },
  examples: { good: { subjects: withAcl("private") }, bad: { subjects: withAcl("public-read") } },
});
