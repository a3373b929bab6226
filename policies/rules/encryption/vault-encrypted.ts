// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:hbr/vault:Vault";

export default defineRule({
  id: "vault-encrypted",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.8" }],
  title: "The vault of Cloud Backup is encrypted with our own key",
  why: "It holds a copy of everything.",
  remedy: "Set encryptType: KMS and kmsKeyId; both can only be set when the vault is made.",
  check: (subject) => [
    ...equals(subject, "encryptType", "KMS"),
    ...present(subject, "kmsKeyId", "a KMS key"),
  ],
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { encryptType: "KMS", kmsKeyId: "key-1" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { encryptType: "HBR_PRIVATE" } }] },
  },
});
