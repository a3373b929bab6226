// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:ecs/ecsDisk:EcsDisk";

export default defineRule({
  id: "disk-outlives-server",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["DR-RESTORE"],
  title: "A data disk outlives the server that it is attached to",
  why: "A reinstalled or released server must not take its data with it.",
  remedy: "Set deleteWithInstance: false.",
  check: (subject) => equals(subject, "deleteWithInstance", false),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { deleteWithInstance: false } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { deleteWithInstance: true } }] },
  },
});
