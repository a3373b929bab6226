// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { eachGrant } from "../../engine/ram";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:ram/policy:Policy";

export default defineRule({
  id: "ram-names-what-it-allows",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
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
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            policyDocument: JSON.stringify({
              Version: "1",
              Statement: [{ Effect: "Allow", Action: ["oss:GetObject"], Resource: ["*"] }],
            }),
          },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            policyDocument: JSON.stringify({
              Version: "1",
              Statement: [{ Effect: "Allow", NotAction: ["ram:*"], Resource: ["*"] }],
            }),
          },
        },
      ],
    },
  },
});
