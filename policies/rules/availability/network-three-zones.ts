// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { showValue } from "../../engine/value";

const TYPE = "alicloud:vpc/network:Network";

const SWITCH = "alicloud:vpc/switch:Switch";

export default defineRule({
  id: "network-three-zones",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: ({ environment }) => environment === "prod",
  clauses: ["SLA-P1", "SVC-PATROL"],
  title: "The network of production spans three zones",
  why: "Two zones leave no majority to anything that votes.",
  remedy: "Declare vSwitches in three zones.",
  check: (subject, world) => {
    const zones = new Set(
      world.referrers(subject, SWITCH, "vpcId").map((each) => showValue(valueAt(each, "zoneId"))),
    );
    return zones.size >= 3 ? [] : finding("", `vSwitches stand in ${zones.size} zones; expected three`);
  },
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "main", properties: {} },
        { type: SWITCH, name: "h", properties: { zoneId: "h" }, references: { vpcId: ["main"] } },
        { type: SWITCH, name: "i", properties: { zoneId: "i" }, references: { vpcId: ["main"] } },
        { type: SWITCH, name: "k", properties: { zoneId: "k" }, references: { vpcId: ["main"] } },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: {} },
        { type: SWITCH, name: "h", properties: { zoneId: "h" }, references: { vpcId: ["main"] } },
      ],
    },
  },
});
