// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:kvstore/instance:Instance";
const TAIR = "alicloud:redis/tairInstance:TairInstance";

export default defineRule({
  id: "redis-tls",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE, TAIR] }],
  clauses: ["CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.8" }],
  title: "Connections to Redis are encrypted and authenticated",
  why: "Session tokens travel through it.",
  remedy:
    "Set sslEnable (Tair: sslEnabled): Enable and vpcAuthMode: Open, the vendor's word for: ask for the password inside the VPC too.",
  check: (subject) => [
    ...equals(subject, subject.type === TAIR ? "sslEnabled" : "sslEnable", "Enable"),
    ...equals(subject, "vpcAuthMode", "Open"),
  ],
  examples: {
    good: {
      subjects: [{ type: TYPE, name: "main", properties: { sslEnable: "Enable", vpcAuthMode: "Open" } }],
    },
    bad: {
      subjects: [{ type: TYPE, name: "main", properties: { sslEnable: "Enable", vpcAuthMode: "Close" } }],
    },
  },
});
