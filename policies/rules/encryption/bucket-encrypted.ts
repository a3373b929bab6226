// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, finding, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:oss/bucket:Bucket";

const ENCRYPTION = "alicloud:oss/bucketServerSideEncryption:BucketServerSideEncryption";

export default defineRule({
  id: "bucket-encrypted",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["CONF-PLEDGE"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.8" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "5.9" },
  ],
  title: "Every bucket encrypts with our own key",
  why: "The vendor's key cannot be taken away from whoever got at the account.",
  remedy: "Declare an oss.BucketServerSideEncryption with sseAlgorithm KMS and kmsMasterKeyId.",
  check: (subject, world) => {
    const settings = world.referrers(subject, ENCRYPTION, "bucket");
    if (settings.length === 0)
      return finding("", "no encryption setting takes its bucket from here; expected one");
    return settings.flatMap((setting) =>
      [...equals(setting, "sseAlgorithm", "KMS"), ...present(setting, "kmsMasterKeyId", "a KMS key")].map(
        (each) => ({ ...each, path: [] }),
      ),
    );
  },
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "courses", properties: {} },
        {
          type: ENCRYPTION,
          name: "courses-key",
          properties: { sseAlgorithm: "KMS", kmsMasterKeyId: "key-1" },
          references: { bucket: ["courses"] },
        },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "courses", properties: {} },
        {
          type: ENCRYPTION,
          name: "courses-key",
          properties: { sseAlgorithm: "AES256" },
          references: { bucket: ["courses"] },
        },
      ],
    },
  },
});
