// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:cs/managedKubernetes:ManagedKubernetes";

export default defineRule({
  id: "cluster-secrets-encrypted",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.8" }],
  title: "Secrets of the cluster are encrypted with our own key",
  why: "Otherwise a backup of etcd holds every password in base64.",
  remedy: "Set encryptionProviderKey to the KMS key of the environment and leave disableEncryption false.",
  check: (subject) => [
    ...present(subject, "encryptionProviderKey", "a KMS key"),
    ...expectValue(subject, "disableEncryption", (value) => value !== true, "encryption left on"),
  ],
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { encryptionProviderKey: "key-1" } }] },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: { encryptionProviderKey: "key-1", disableEncryption: true } },
      ],
    },
  },
});
