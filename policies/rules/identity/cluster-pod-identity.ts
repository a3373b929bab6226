// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:cs/managedKubernetes:ManagedKubernetes";

export default defineRule({
  id: "cluster-pod-identity",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  title: "Pods get roles of their own",
  why: "Without RRSA every pod can use the role of its node.",
  remedy: "Set enableRrsa: true.",
  check: (subject) => equals(subject, "enableRrsa", true),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { enableRrsa: true } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
