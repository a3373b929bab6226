// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPES = ["alicloud:ecs/instance:Instance", "alicloud:cs/nodePool:NodePool"];

export default defineRule({
  id: "system-disk-encrypted",
  severity: "medium",
  applies: [{ surface: "stack", types: TYPES }],
  clauses: ["CONF-PLEDGE"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.8" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "4.2" },
  ],
  title: "System disks of servers and nodes are encrypted",
  why: "Logs, swap and container layers on them hold personal data too.",
  remedy: "Set systemDiskEncrypted: true, on an instance family that supports it.",
  check: (subject) => equals(subject, "systemDiskEncrypted", true),
  examples: {
    good: { subjects: [{ type: TYPES[0]!, name: "main", properties: { systemDiskEncrypted: true } }] },
    bad: { subjects: [{ type: TYPES[1]!, name: "nodes", properties: {} }] },
  },
});
