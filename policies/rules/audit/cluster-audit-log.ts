// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:cs/managedKubernetes:ManagedKubernetes";

export default defineRule({
  id: "cluster-audit-log",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["ARC-EVENTS", "SEC-LOGS"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.3" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "2.4" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "7.1" },
  ],
  title: "The cluster records who asked its API for what",
  why: "Whoever reads a Secret or starts a shell in a pod leaves no other trace.",
  remedy: "Set auditLogConfig.enabled: true and its log project.",
  check: (subject) => [
    ...equals(subject, "auditLogConfig.enabled", true),
    ...present(subject, "auditLogConfig.slsProjectName", "a log project"),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { auditLogConfig: { enabled: true, slsProjectName: "audit" } },
        },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { auditLogConfig: { enabled: false } } }] },
  },
});
