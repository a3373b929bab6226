// One rule; what a rule is stands in policies/engine/rule.ts.
import { each, expectValue, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:kvstore/instance:Instance";
const TAIR = "alicloud:redis/tairInstance:TairInstance";

/** Private addresses of RFC 1918. */
const INNER = /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.)/;

export default defineRule({
  id: "redis-inner-addresses-only",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE, TAIR] }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.3.2" }],
  title: "Redis accepts inner addresses only",
  why: "An allow-list with 0.0.0.0/0 is none: the password is then the only wall.",
  remedy: "List the CIDR blocks of the subnets that connect (securityIps).",
  check: (subject) =>
    subject.type === TAIR
      ? expectValue(
          subject,
          "securityIps",
          (text) => typeof text === "string" && text.split(",").every((address) => INNER.test(address)),
          "inner addresses (10/8, 172.16/12, 192.168/16), separated by commas",
        )
      : [
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
