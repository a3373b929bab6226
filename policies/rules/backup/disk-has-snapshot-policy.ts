// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:ecs/ecsDisk:EcsDisk";

const ATTACHMENT = "alicloud:ecs/ecsAutoSnapshotPolicyAttachment:EcsAutoSnapshotPolicyAttachment";

export default defineRule({
  id: "disk-has-snapshot-policy",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["DR-BACKUP"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "Every data disk is covered by a snapshot policy",
  why: "A disk that nobody snapshots is lost with its zone or by one mistaken command.",
  remedy: "Attach an automatic snapshot policy to the disk (ecs.EcsAutoSnapshotPolicyAttachment).",
  check: (subject, world) =>
    world.referrers(subject, ATTACHMENT, "diskId").length > 0
      ? []
      : finding("", "no snapshot policy is attached to this disk; expected one"),
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "data", properties: {} },
        { type: ATTACHMENT, name: "daily-data", properties: {}, references: { diskId: ["data"] } },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "data", properties: {} }] },
  },
});
