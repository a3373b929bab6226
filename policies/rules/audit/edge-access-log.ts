// One rule; what a rule is stands in policies/engine/rule.ts.
import { present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:alb/loadBalancer:LoadBalancer";

export default defineRule({
  id: "edge-access-log",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["ARC-EVENTS", "SEC-LOGS"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.3.5" }],
  title: "Every request at the edge is recorded",
  why: "An attack on the login is first seen here, and only here.",
  remedy: "Set accessLogConfig.logProject and accessLogConfig.logStore.",
  check: (subject) => [
    ...present(subject, "accessLogConfig.logProject", "a log project"),
    ...present(subject, "accessLogConfig.logStore", "a log store"),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { accessLogConfig: { logProject: "edge", logStore: "alb_access" } },
        },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
