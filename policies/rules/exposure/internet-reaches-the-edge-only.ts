// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { tag } from "../../engine/stack";
import type { Subject } from "../../engine/subject";
import { type PlannedValue, showValue } from "../../engine/value";

const TYPE = "alicloud:ecs/securityGroupRule:SecurityGroupRule";

const GROUP = "alicloud:ecs/securityGroup:SecurityGroup";
const OPEN = ["cidrIp", "ipv6CidrIp"];

const isWorld = (value: PlannedValue | undefined): boolean => value === "0.0.0.0/0" || value === "::/0";

const tagOf = (group: Subject | undefined): string | undefined => group && tag(group, "role");

export default defineRule({
  id: "internet-reaches-the-edge-only",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: (subject) => valueAt(subject, "type") === "ingress" && valueAt(subject, "policy") !== "drop",
  clauses: ["SEC-CONFIG"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.3.2" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "3.2" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "4.3" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "4.4" },
  ],
  title: "The internet reaches ports 80 and 443 of the edge and nothing else",
  why: "A database port open to the world is found within minutes, and tried for ever after.",
  remedy:
    "Give the rule a sourceSecurityGroupId or an inner cidrIp; only the group of the edge may accept 0.0.0.0/0, on 443 (and on 80, to redirect).",
  check: (subject, world) => {
    const open = OPEN.flatMap((property) => (isWorld(valueAt(subject, property)) ? [property] : []));
    if (open.length === 0) return [];
    const edge = subject.references("securityGroupId").some((id) => tagOf(world.subject(id)) === "edge");
    const allowed = edge && ["443/443", "80/80"].includes(String(valueAt(subject, "portRange")));
    return allowed
      ? []
      : finding(
          open[0]!,
          `the whole internet reaches ${showValue(valueAt(subject, "portRange"))}; expected 443 of the edge alone`,
        );
  },
  examples: {
    good: {
      subjects: [
        { type: GROUP, name: "edge", properties: { tags: { role: "edge" } } },
        {
          type: TYPE,
          name: "edge-443",
          properties: { type: "ingress", policy: "accept", cidrIp: "0.0.0.0/0", portRange: "443/443" },
          references: { securityGroupId: ["edge"] },
        },
      ],
    },
    bad: {
      subjects: [
        { type: GROUP, name: "database", properties: { tags: { role: "database" } } },
        {
          type: TYPE,
          name: "database-5432",
          properties: { type: "ingress", policy: "accept", cidrIp: "0.0.0.0/0", portRange: "5432/5432" },
          references: { securityGroupId: ["database"] },
        },
      ],
    },
  },
});
