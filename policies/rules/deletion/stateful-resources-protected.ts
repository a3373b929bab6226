// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, undecided } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPES = [
  "alicloud:rds/instance:Instance",
  "alicloud:kvstore/instance:Instance",
  "alicloud:redis/tairInstance:TairInstance",
  "alicloud:rds/database:Database",
  "alicloud:oss/bucket:Bucket",
  "alicloud:kms/key:Key",
  "alicloud:ecs/ecsDisk:EcsDisk",
  "alicloud:ecs/instance:Instance",
  "alicloud:hbr/vault:Vault",
  "alicloud:log/project:Project",
  "alicloud:log/store:Store",
  "alicloud:cs/managedKubernetes:ManagedKubernetes",
  "alicloud:actiontrail/trail:Trail",
  "alicloud:vpc/network:Network",
  "alicloud:ecs/eipAddress:EipAddress",
];

export default defineRule({
  id: "stateful-resources-protected",
  severity: "critical",
  applies: [{ surface: "stack", types: TYPES }],
  when: notDrill,
  clauses: ["DR-RESTORE", "DATA-MISTAKE"],
  title: "What holds state is protected in the program itself",
  why: "A renamed or moved resource is deleted and created anew by the very change that was meant to tidy up.",
  remedy:
    "Give the resource { protect: true } in its options; remove it in a change of its own before a planned removal.",
  check: ({ flags }) => {
    if (!flags) return undecided("", undefined, "protect: true (this source does not tell)");
    return flags.protect ? [] : finding("", "the resource is not protected; expected protect: true");
  },
  examples: {
    good: {
      subjects: [
        { type: TYPES[0]!, name: "main", properties: {}, flags: { protect: true, retainOnDelete: false } },
      ],
    },
    bad: {
      subjects: [
        { type: TYPES[0]!, name: "main", properties: {}, flags: { protect: false, retainOnDelete: false } },
      ],
    },
  },
});
