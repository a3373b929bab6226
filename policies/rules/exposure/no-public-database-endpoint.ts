// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { others } from "../../engine/stack";

const TYPE = "pulumi:pulumi:Stack";

const PUBLIC = ["alicloud:rds/connection:Connection", "alicloud:kvstore/connection:Connection"];

export default defineRule({
  id: "no-public-database-endpoint",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: ({ name }) => name.endsWith("-data"),
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "6.2" }],
  title: "No stack gives a database a public endpoint",
  why: "A public endpoint takes the database out of its network.",
  remedy: "Remove the connection; reach the database from inside the VPC.",
  check: (subject, world) =>
    others(subject, world, ...PUBLIC).flatMap(({ type, name }) =>
      finding("", `${name} (${type.split(":").at(-1)}) makes a public endpoint; expected none`),
    ),
  examples: {
    good: { subjects: [{ type: TYPE, name: "netedu-prod-data", properties: {} }] },
    bad: {
      subjects: [
        { type: TYPE, name: "netedu-prod-data", properties: {} },
        { type: PUBLIC[0]!, name: "public", properties: {} },
      ],
    },
  },
});
