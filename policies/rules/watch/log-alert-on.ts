// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:sls/alert:Alert";

export default defineRule({
  id: "log-alert-on",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["KEY-WATCH"],
  title: "Every alert over logs is on, and repeats to people",
  why: "An alert that is off is worse than none: it is believed in.",
  remedy: "Set status: ENABLED and an action policy.",
  check: (subject) => [
    ...equals(subject, "status", "ENABLED"),
    ...present(subject, "configuration.policyConfiguration.actionPolicyId", "an action policy"),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { status: "ENABLED", configuration: { policyConfiguration: { actionPolicyId: "p1" } } },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            status: "DISABLED",
            configuration: { policyConfiguration: { actionPolicyId: "p1" } },
          },
        },
      ],
    },
  },
});
