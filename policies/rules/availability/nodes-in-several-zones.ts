// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, expectValue, undecided, valueAt } from "../../engine/expect";
import { defineRule, type Finding } from "../../engine/rule";
import type { Subject } from "../../engine/subject";
import { isList, isUnknown, showValue } from "../../engine/value";

const TYPE = "alicloud:cs/nodePool:NodePool";

const EXPECTED = "vSwitches of two zones or more";

/** Unknown ones are told apart by what they come from, where that is known. */
function spread(subject: Subject): Finding[] {
  const switches = valueAt(subject, "vswitchIds");
  const distinct = isList(switches) ? new Set(switches.map(showValue)).size : 0;
  const unknown = isList(switches) && switches.length >= 2 ? switches.find(isUnknown) : undefined;
  if (distinct < 2 && unknown) return undecided("vswitchIds", unknown, EXPECTED);
  return expectValue(subject, "vswitchIds", () => distinct >= 2, EXPECTED);
}

export default defineRule({
  id: "nodes-in-several-zones",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: ({ environment }) => environment === "prod",
  clauses: ["SLA-P1", "SVC-PATROL"],
  title: "Nodes are spread over zones",
  why: "Replicas on nodes of one zone are one replica.",
  remedy: "Give vswitchIds of at least two zones and multiAzPolicy: BALANCE.",
  check: (subject) => [...equals(subject, "multiAzPolicy", "BALANCE"), ...spread(subject)],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { multiAzPolicy: "BALANCE", vswitchIds: ["vsw-1", "vsw-2"] },
        },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: { multiAzPolicy: "PRIORITY", vswitchIds: ["vsw-1"] } },
      ],
    },
  },
});
