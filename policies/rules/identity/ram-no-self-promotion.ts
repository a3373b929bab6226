// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { covers, eachGrant, POLICY, policyExample } from "../../engine/ram";
import { defineRule } from "../../engine/rule";

/** With any of these on every resource a role can make itself an administrator. */
const RAISING = [
  "ram:AttachPolicyToRole",
  "ram:CreatePolicyVersion",
  "ram:UpdateRole",
  "ram:PassRole",
  "ram:CreateAccessKey",
];

export default defineRule({
  id: "ram-no-self-promotion",
  severity: "critical",
  applies: [{ surface: "stack", types: [POLICY] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  title: "No job can give itself more rights",
  why: "A role that may write policies, or pass any role, is an administrator in two steps.",
  remedy:
    "Narrow ram:Attach…, ram:Create…, ram:Put…, ram:Update… and ram:PassRole to roles and policies of this environment by name.",
  check: (subject) =>
    eachGrant(subject, "policyDocument", (statement) => {
      if (!statement.resources.includes("*")) return [];
      const able = RAISING.filter((action) => statement.actions.some((pattern) => covers(pattern, action)));
      return able.length === 0
        ? []
        : finding("policyDocument", `${able.join(", ")} on every resource; expected none, or named roles`);
    }),
  examples: {
    good: policyExample({
      Effect: "Allow",
      Action: ["ram:PassRole"],
      Resource: ["acs:ram::1:role/netedu-*"],
    }),
    bad: policyExample({ Effect: "Allow", Action: ["ram:*"], Resource: ["*"] }),
  },
});
