// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:oss/bucketReplication:BucketReplication";

export default defineRule({
  id: "replication-keeps-encryption",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["CONF-PLEDGE"],
  title: "Replicated objects are encrypted with a key of their own region",
  why: "Objects under a KMS key are skipped by replication unless it is told to take them, silently.",
  remedy:
    "Set sourceSelectionCriteria.sseKmsEncryptedObjects.status to Enabled and name encryptionConfiguration.replicaKmsKeyId.",
  check: (subject) => [
    ...equals(subject, "sourceSelectionCriteria.sseKmsEncryptedObjects.status", "Enabled"),
    ...present(subject, "encryptionConfiguration.replicaKmsKeyId", "the key of the destination's region"),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
            encryptionConfiguration: { replicaKmsKeyId: "key-1" },
          },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } } },
        },
      ],
    },
  },
});
