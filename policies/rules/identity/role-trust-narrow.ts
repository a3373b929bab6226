// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { eachGrant, type Statement } from "../../engine/ram";
import type { Finding } from "../../engine/rule";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:ram/role:Role";

const TESTED = ["oidc:iss", "oidc:aud", "oidc:sub"];

function judge({ principals, conditions }: Statement): Finding[] {
  const open = principals.filter((principal) => principal.endsWith(":*") || principal === "*");
  if (open.length > 0)
    return finding("assumeRolePolicyDocument", "everybody is trusted; expected one principal");
  if (!principals.some((principal) => principal.startsWith("Federated:"))) return [];
  const exact = (key: string): boolean =>
    conditions.some(
      (each) =>
        each.operator === "StringEquals" &&
        each.key === key &&
        !each.values.some((value) => value.includes("*")),
    );
  const missing = TESTED.filter((key) => !exact(key));
  return missing.length === 0
    ? []
    : finding(
        "assumeRolePolicyDocument",
        `${missing.join(", ")} not tested by StringEquals; expected all three`,
      );
}

export default defineRule({
  id: "role-trust-narrow",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.1" }],
  title: "A role trusts one service, or one pipeline of one environment",
  why: "A trust without conditions lets any repository of the world assume the role.",
  remedy: 'For an OIDC provider test oidc:iss, oidc:aud and oidc:sub with StringEquals; never trust "*".',
  check: (subject) => eachGrant(subject, "assumeRolePolicyDocument", judge),
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            assumeRolePolicyDocument: JSON.stringify({
              Version: "1",
              Statement: [
                {
                  Effect: "Allow",
                  Action: "sts:AssumeRole",
                  Principal: { Federated: ["acs:ram::1:oidc-provider/github"] },
                  Condition: {
                    StringEquals: {
                      "oidc:iss": "https://token.actions.githubusercontent.com",
                      "oidc:aud": "sts.aliyuncs.com",
                      "oidc:sub": "repo:netedu/netedu-ops:environment:prod-apply",
                    },
                  },
                },
              ],
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
            assumeRolePolicyDocument: JSON.stringify({
              Version: "1",
              Statement: [
                {
                  Effect: "Allow",
                  Action: "sts:AssumeRole",
                  Principal: { Federated: ["acs:ram::1:oidc-provider/github"] },
                  Condition: { StringEquals: { "oidc:aud": "sts.aliyuncs.com" } },
                },
              ],
            }),
          },
        },
      ],
    },
  },
});
