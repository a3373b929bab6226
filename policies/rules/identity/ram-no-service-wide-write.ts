// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { eachGrant, POLICY, policyExample } from "../../engine/ram";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "ram-no-service-wide-write",
  severity: "high",
  applies: [{ surface: "stack", types: [POLICY] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "No policy allows a whole service on every resource",
  why: "`rds:*` on `*` lets a pipeline that changes one parameter release every database.",
  remedy:
    "Replace service:* by the actions that the job calls, or narrow Resource to names of this environment.",
  check: (subject) =>
    eachGrant(subject, "policyDocument", (statement) => {
      if (!statement.resources.includes("*")) return [];
      const whole = statement.actions.filter((action) => /^[\w-]+:\*$/.test(action));
      return whole.length === 0
        ? []
        : finding(
            "policyDocument",
            `${whole.join(", ")} on every resource; expected named actions or named resources`,
          );
    }),
  examples: {
    good: policyExample({ Effect: "Allow", Action: ["rds:Describe*"], Resource: ["*"] }),
    bad: policyExample({ Effect: "Allow", Action: ["rds:*"], Resource: ["*"] }),
  },
});
