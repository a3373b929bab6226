// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { eachGrant, POLICY, policyExample } from "../../engine/ram";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "ram-names-what-it-allows",
  severity: "high",
  applies: [{ surface: "stack", types: [POLICY] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  title: "Policies name what they allow, not what they do not",
  why: "NotAction allows every action that the vendor will invent next.",
  remedy: "Write Action with the actions that are needed.",
  check: (subject) =>
    eachGrant(subject, "policyDocument", (statement) =>
      statement.notActions.length > 0
        ? finding("policyDocument", "a statement allows by NotAction; expected Action")
        : [],
    ),
  examples: {
    good: policyExample({ Effect: "Allow", Action: ["oss:GetObject"], Resource: ["*"] }),
    bad: policyExample({ Effect: "Allow", NotAction: ["ram:*"], Resource: ["*"] }),
  },
});
