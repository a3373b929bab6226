// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:cs/nodePool:NodePool";

export default defineRule({
  id: "nodes-repaired",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-VULN", "SLA-P1"],
  title: "Broken nodes are replaced, and their vulnerabilities patched, by themselves",
  why: "48 hours for a severe vulnerability are over quickly on forty nodes.",
  remedy: "Set management.enable, autoRepair and autoVulFix to true.",
  check: (subject) => [
    ...equals(subject, "management.enable", true),
    ...equals(subject, "management.autoRepair", true),
    ...equals(subject, "management.autoVulFix", true),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { management: { enable: true, autoRepair: true, autoVulFix: true } },
        },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: { management: { enable: true, autoRepair: true } } },
      ],
    },
  },
});
