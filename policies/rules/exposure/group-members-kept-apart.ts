// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill, tag } from "../../engine/stack";
import type { Subject } from "../../engine/subject";

const TYPE = "alicloud:ecs/securityGroup:SecurityGroup";

/** Nodes and pods of a cluster must reach each other; what pods may is said by NetworkPolicies. */
const ofCluster = (group: Subject): boolean => tag(group, "role") === "cluster";

export default defineRule({
  id: "group-members-kept-apart",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: (subject) => notDrill(subject) && !ofCluster(subject),
  clauses: ["SEC-CONFIG"],
  title: "Members of a security group reach each other only by rule",
  why: "By default all members of a group reach every port of each other.",
  remedy: "Set innerAccessPolicy: Drop and write a rule for what is needed.",
  check: (subject) => equals(subject, "innerAccessPolicy", "Drop"),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { innerAccessPolicy: "Drop" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
