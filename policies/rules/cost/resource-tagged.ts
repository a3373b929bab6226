// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPES = [
  "alicloud:rds/instance:Instance",
  "alicloud:kvstore/instance:Instance",
  "alicloud:redis/tairInstance:TairInstance",
  "alicloud:oss/bucket:Bucket",
  "alicloud:ecs/instance:Instance",
  "alicloud:cs/managedKubernetes:ManagedKubernetes",
  "alicloud:cs/nodePool:NodePool",
  "alicloud:vpc/network:Network",
  "alicloud:vpc/switch:Switch",
  "alicloud:ecs/securityGroup:SecurityGroup",
  "alicloud:alb/loadBalancer:LoadBalancer",
  "alicloud:rds/rdsCloneDbInstance:RdsCloneDbInstance",
  "alicloud:ecs/ecsDisk:EcsDisk",
  "alicloud:kms/key:Key",
  "alicloud:hbr/vault:Vault",
  "alicloud:log/project:Project",
  "alicloud:vpc/natGateway:NatGateway",
  "alicloud:ecs/eipAddress:EipAddress",
  "alicloud:ram/role:Role",
];

export default defineRule({
  id: "resource-tagged",
  severity: "medium",
  applies: [{ surface: "stack", types: TYPES }],
  clauses: ["SEC-CONFIG"],
  title: "What costs money says to which environment it belongs and who manages it",
  why: "Untagged resources stay when everything around them is gone.",
  remedy: "Take the tags of the environment (tagsOf) for every resource that has tags.",
  check: (subject) => [
    ...equals(subject, ["tags", "environment"], subject.environment),
    ...equals(subject, ["tags", "managed-by"], "pulumi"),
    ...present(subject, ["tags", "project"], "the project"),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPES[0]!,
          name: "main",
          properties: { tags: { environment: "prod", "managed-by": "pulumi", project: "netedu" } },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPES[0]!,
          name: "main",
          properties: { tags: { environment: "staging", "managed-by": "pulumi" } },
        },
      ],
    },
  },
});
