// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/rdsAccount:RdsAccount";

export default defineRule({
  id: "rds-accounts-least-privilege",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "Accounts of applications are not superusers",
  why: "A superuser of an application can drop what it never should have seen.",
  remedy: "Set accountType: Normal and give privileges by rds.AccountPrivilege.",
  check: (subject) => equals(subject, "accountType", "Normal"),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { accountType: "Normal" } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { accountType: "Super" } }] },
  },
});
