// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:alb/serverGroup:ServerGroup";

export default defineRule({
  id: "edge-checks-health",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SLA-P1", "SVC-PATROL"],
  title: "The load balancer sends nobody to a server that is ill",
  why: "Without a health check every tenth request goes into the void.",
  remedy: "Set healthCheckConfig.healthCheckEnabled: true and a healthCheckPath.",
  check: (subject) => [
    ...equals(subject, "healthCheckConfig.healthCheckEnabled", true),
    ...present(subject, "healthCheckConfig.healthCheckPath", "a path that tells the application's health"),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { healthCheckConfig: { healthCheckEnabled: true, healthCheckPath: "/healthz" } },
        },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: { healthCheckConfig: { healthCheckEnabled: false } } },
      ],
    },
  },
});
