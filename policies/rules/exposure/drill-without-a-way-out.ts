// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isDrill, others } from "../../engine/stack";

const TYPE = "alicloud:vpc/network:Network";

const RULE = "alicloud:ecs/securityGroupRule:SecurityGroupRule";
const WAYS = [
  "alicloud:vpc/natGateway:NatGateway",
  "alicloud:ecs/eipAddress:EipAddress",
  "alicloud:vpc/peerConnection:PeerConnection",
  "alicloud:alb/loadBalancer:LoadBalancer",
  "alicloud:vpc/ipv6Gateway:Ipv6Gateway",
];

export default defineRule({
  id: "drill-without-a-way-out",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: isDrill,
  clauses: ["DR-DRILL", "CONF-PLEDGE"],
  title: "A drill's network has no way out",
  why: "A restored copy that can reach a payment channel will, some day, pay.",
  remedy:
    "Declare no gateway, address, peering or load balancer in a drill, and close its security group outward.",
  check: (subject, world) => {
    const ways = others(subject, world, ...WAYS).flatMap(({ type, name }) =>
      finding("", `${name} (${type.split(":").at(-1)}) is a way out; expected none`),
    );
    const closed = others(subject, world, RULE).some(
      (rule) =>
        valueAt(rule, "type") === "egress" &&
        valueAt(rule, "policy") === "drop" &&
        valueAt(rule, "cidrIp") === "0.0.0.0/0",
    );
    return closed ? ways : [...ways, ...finding("", "no rule drops what leaves; expected one for 0.0.0.0/0")];
  },
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "cell", properties: {}, environment: "drill-7" },
        {
          type: RULE,
          name: "nothing-out",
          properties: { type: "egress", policy: "drop", cidrIp: "0.0.0.0/0" },
          environment: "drill-7",
        },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "cell", properties: {}, environment: "drill-7" },
        { type: WAYS[0]!, name: "nat", properties: {}, environment: "drill-7" },
        {
          type: RULE,
          name: "nothing-out",
          properties: { type: "egress", policy: "drop", cidrIp: "0.0.0.0/0" },
          environment: "drill-7",
        },
      ],
    },
  },
});
