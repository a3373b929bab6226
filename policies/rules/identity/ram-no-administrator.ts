// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { eachGrant, POLICY, policyExample } from "../../engine/ram";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "ram-no-administrator",
  severity: "critical",
  applies: [{ surface: "stack", types: [POLICY] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.2" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "1.15" },
  ],
  title: "No policy of ours allows everything",
  why: "Whoever gets hold of such a role owns the account, its backups and its evidence.",
  remedy: "Name the actions that the job needs, and the resources that it needs them on.",
  check: (subject) =>
    eachGrant(subject, "policyDocument", (statement) =>
      statement.actions.includes("*")
        ? finding("policyDocument", "a statement allows every action; expected named ones")
        : [],
    ),
  examples: {
    good: policyExample({ Effect: "Allow", Action: ["oss:GetObject"], Resource: ["*"] }),
    bad: policyExample({ Effect: "Allow", Action: "*", Resource: "*" }),
  },
});
