// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isSecret, isUnknown } from "../../engine/value";

const TYPES = [
  "alicloud:kvstore/instance:Instance",
  "alicloud:rds/rdsAccount:RdsAccount",
  "alicloud:cms/alarmContact:AlarmContact",
  "alicloud:redis/tairInstance:TairInstance",
];

/** Inputs of these types that let their holder in. */
const NAMES = ["password", "accountPassword", "channelsDingWebHook"];

export default defineRule({
  id: "no-secret-in-clear",
  severity: "critical",
  applies: [{ surface: "stack", types: TYPES }],
  when: ({ properties }) => NAMES.some((name) => name in properties),
  clauses: ["CONF-PLEDGE"],
  title: "Passwords and hooks are Pulumi secrets, never plain values",
  why: "A plain value stands readable in the state, in previews and in every log of them.",
  remedy: "Set it with `pulumi config set --secret` and read it with requireSecret.",
  check: (subject) =>
    NAMES.filter((name) => name in subject.properties).flatMap((name) => {
      const value = subject.properties[name];
      return isSecret(value) || isUnknown(value)
        ? []
        : finding(name, `${name} is a plain value; expected a secret`);
    }),
  examples: {
    good: {
      subjects: [
        {
          type: TYPES[1]!,
          name: "owner",
          properties: { accountPassword: { secret: true, fingerprint: "1" } },
        },
      ],
    },
    bad: { subjects: [{ type: TYPES[1]!, name: "owner", properties: { accountPassword: "in the open" } }] },
  },
});
