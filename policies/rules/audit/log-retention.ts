// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:log/store:Store";

export default defineRule({
  id: "log-retention",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["ARC-EVENTS", "SEC-LOGS"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.3" }],
  title: "Logs are kept for at least 180 days",
  why: "网络安全法 asks for six months; an intrusion is found, on average, long after it began.",
  remedy: "Set retentionPeriod to at least 180.",
  check: (subject) => atLeast(subject, "retentionPeriod", 180, "days"),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { retentionPeriod: 180 } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { retentionPeriod: 30 } }] },
  },
});
