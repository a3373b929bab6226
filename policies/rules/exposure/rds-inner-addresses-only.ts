// One rule; what a rule is stands in policies/engine/rule.ts.
import { each, expectValue, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/instance:Instance";

/** Private addresses of RFC 1918. */
const INNER = /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.)/;

export default defineRule({
  id: "rds-inner-addresses-only",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-CONFIG"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.3.2" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "6.2" },
  ],
  title: "The database accepts inner addresses only",
  why: "An allow-list with 0.0.0.0/0 is none: the password is then the only wall.",
  remedy: "List the CIDR blocks of the subnets that connect (securityIps).",
  check: (subject) => [
    ...present(subject, "securityIps", "CIDR blocks of our subnets"),
    ...each(subject, "securityIps", (_, path) =>
      expectValue(
        subject,
        path,
        (address) => typeof address === "string" && INNER.test(address),
        "an inner address (10/8, 172.16/12, 192.168/16)",
      ),
    ),
  ],
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { securityIps: ["10.10.0.0/19"] } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { securityIps: ["0.0.0.0/0"] } }] },
  },
});
