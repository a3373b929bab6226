// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:ecs/ecsDisk:EcsDisk";

export default defineRule({
  id: "data-disk-encrypted",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["CONF-PLEDGE"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.8" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "4.1" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "4.2" },
  ],
  title: "Data disks are encrypted with our own key",
  why: "A snapshot copied to another account would be readable.",
  remedy: "Set encrypted: true and kmsKeyId.",
  check: (subject) => [...equals(subject, "encrypted", true), ...present(subject, "kmsKeyId", "a KMS key")],
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { encrypted: true, kmsKeyId: "key-1" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { encrypted: true } }] },
  },
});
