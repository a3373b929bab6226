// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { others } from "../../engine/stack";

const TYPE = "pulumi:pulumi:Stack";

const FORBIDDEN = [
  "alicloud:ram/accessKey:AccessKey",
  "alicloud:ram/user:User",
  "alicloud:ram/userPolicyAttachment:UserPolicyAttachment",
  "alicloud:ram/loginProfile:LoginProfile",
];

export default defineRule({
  id: "no-long-lived-keys",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: ({ name }) => name.endsWith("-compute"),
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.1" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "1.16" },
  ],
  title: "No stack makes access keys, users or user policies",
  why: "A key that does not expire is found in a log or a laptop some day; pipelines get short sessions by OIDC.",
  remedy: "Use a RAM role with an OIDC trust (pipelines), RRSA (pods) or an instance role (servers).",
  check: (subject, world) =>
    others(subject, world, ...FORBIDDEN).flatMap(({ type, name }) =>
      finding("", `${name} (${type.split(":").at(-1)}) is declared; expected roles with short sessions only`),
    ),
  examples: {
    good: { subjects: [{ type: TYPE, name: "netedu-prod-compute", properties: {} }] },
    bad: {
      subjects: [
        { type: TYPE, name: "netedu-prod-compute", properties: {} },
        { type: FORBIDDEN[0]!, name: "ci", properties: {} },
      ],
    },
  },
});
