// One rule; what a rule is stands in policies/engine/rule.ts.
import { present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/instance:Instance";

export default defineRule({
  id: "rds-disk-encrypted",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.8" }],
  title: "The database's disks are encrypted with our own key",
  why: "A copied disk or snapshot would give away every learner's data.",
  remedy: "Set encryptionKey to the environment's KMS key; the edition and disk type must allow it.",
  check: (subject) => present(subject, "encryptionKey", "a KMS key"),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { encryptionKey: "key-1" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
