import { describe, expect, it } from "vitest";
import { covers, eachGrant, statementsOf } from "../../../policies/engine/ram";
import type { Subject } from "../../../policies/engine/subject";
import type { PlannedValue } from "../../../policies/engine/value";

const role = (policyDocument: PlannedValue): Subject => ({
  surface: "stack",
  type: "alicloud:ram/policy:Policy",
  id: "apply",
  name: "apply",
  environment: "prod",
  properties: { policyDocument },
  references: () => [],
  at: () => undefined,
});

describe("an action pattern", () => {
  it.each([
    ["*", "ram:PassRole", true],
    ["ram:*", "ram:PassRole", true],
    ["RAM:passrole", "ram:PassRole", true],
    ["ram:Pass?ole", "ram:PassRole", true],
    ["ram:Pass", "ram:PassRole", false],
    ["oss:*", "ram:PassRole", false],
    ["ram.PassRole", "ram:PassRole", false],
  ])("%s covers %s: %s", (pattern, action, wanted) => expect(covers(pattern, action)).toBe(wanted));
});

describe("a policy document", () => {
  it("is read with one value or many", () => {
    const text = JSON.stringify({
      Version: "1",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Federated: ["provider"], Service: "oss.aliyuncs.com" },
          Condition: { StringEquals: { "OIDC:Sub": ["a", "b"] } },
        },
      ],
    });
    expect(statementsOf(text)).toEqual([
      {
        effect: "Allow",
        actions: ["sts:AssumeRole"],
        notActions: [],
        resources: [],
        principals: ["Federated:provider", "Service:oss.aliyuncs.com"],
        conditions: [{ operator: "StringEquals", key: "oidc:sub", values: ["a", "b"] }],
      },
    ]);
  });

  it.each(["", "null", "{}", '{"Statement":"all"}', "{broken"])("is not %j", (text) =>
    expect(statementsOf(text)).toBeUndefined(),
  );

  it("is undecided while it is unknown, and wrong when it is none", () => {
    expect(eachGrant(role({ unknown: true, from: ["bucket"] }), "policyDocument", () => [])).toMatchObject([
      { unknown: true },
    ]);
    const [found] = eachGrant(role("none"), "policyDocument", () => []);
    expect(found?.unknown).toBeUndefined();
    expect(found?.message).toContain("no policy document");
  });

  it("is judged by what it allows, not by what it denies", () => {
    const statement = (Effect: string) => ({ Effect, Action: "*", Resource: "*" });
    const text = JSON.stringify({ Statement: [statement("Deny"), statement("Allow")] });
    expect(eachGrant(role(text), "policyDocument", () => [{ path: [], message: "all" }])).toHaveLength(1);
  });
});
