// One rule; what a rule is stands in policies/engine/rule.ts.
import { each, equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/instance:Instance";

export default defineRule({
  id: "rds-tls-only",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["CONF-PLEDGE"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.8" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "6.1" },
  ],
  title: "Connections to the database are encrypted, and only such connections are let in",
  why: "A password sent in clear inside the network is a password given away.",
  remedy: "Set sslAction: Open and make every line of pgHbaConfs of type hostssl.",
  check: (subject) => [
    ...equals(subject, "sslAction", "Open"),
    ...present(subject, "pgHbaConfs", "client authentication lines of type hostssl"),
    ...each(subject, "pgHbaConfs", (_, path) => equals(subject, [...path, "type"], "hostssl")),
  ],
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: { sslAction: "Open", pgHbaConfs: [{ type: "hostssl" }] } },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { sslAction: "Open", pgHbaConfs: [{ type: "hostssl" }, { type: "host" }] },
        },
      ],
    },
  },
});
