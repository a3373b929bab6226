// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:vpc/network:Network";

const FLOWS = "alicloud:vpc/flowLog:FlowLog";

export default defineRule({
  id: "flow-log-per-network",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["ARC-EVENTS", "SEC-LOGS"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.3.5" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "2.5" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "3.3" },
  ],
  title: "Every network records its flows",
  why: "After an intrusion, flows tell where data went.",
  remedy: "Declare a vpc.FlowLog with resourceId of the network, trafficType All and status Active.",
  check: (subject, world) => {
    const logs = world.referrers(subject, FLOWS, "resourceId");
    if (logs.length === 0) return finding("", "no flow log takes its resourceId from here; expected one");
    return logs.flatMap((log) =>
      [...equals(log, "trafficType", "All"), ...equals(log, "status", "Active")].map((each) => ({
        ...each,
        path: [],
      })),
    );
  },
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: {} },
        {
          type: FLOWS,
          name: "flows",
          properties: { trafficType: "All", status: "Active" },
          references: { resourceId: ["main"] },
        },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "main", properties: {} }] },
  },
});
