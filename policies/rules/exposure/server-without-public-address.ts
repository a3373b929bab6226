// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:ecs/instance:Instance";

export default defineRule({
  id: "server-without-public-address",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.3.2" }],
  title: "Servers have no address of their own on the internet",
  why: "Everything from outside comes through the edge, where it is filtered and recorded.",
  remedy: "Set internetMaxBandwidthOut: 0 and associate no EIP with the server.",
  check: (subject) =>
    expectValue(
      subject,
      "internetMaxBandwidthOut",
      (value) => value === undefined || value === 0,
      "0, no public address",
    ),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { internetMaxBandwidthOut: 0 } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { internetMaxBandwidthOut: 100 } }] },
  },
});
