// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isList } from "../../engine/value";

const TYPE = "alicloud:ims/oidcProvider:OidcProvider";

export default defineRule({
  id: "oidc-audience",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  title: "The OIDC provider accepts tokens made for Alibaba Cloud only",
  why: "A token made for another audience would be as good.",
  remedy: "Set clientIds to sts.aliyuncs.com alone, and an issuerUrl over https.",
  check: (subject) => [
    ...expectValue(
      subject,
      "clientIds",
      (ids) => isList(ids) && ids.length === 1 && ids[0] === "sts.aliyuncs.com",
      "sts.aliyuncs.com alone",
    ),
    ...expectValue(
      subject,
      "issuerUrl",
      (url) => typeof url === "string" && url.startsWith("https://"),
      "an https address",
    ),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            clientIds: ["sts.aliyuncs.com"],
            issuerUrl: "https://token.actions.githubusercontent.com",
          },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            clientIds: ["sts.aliyuncs.com", "anything"],
            issuerUrl: "https://token.actions.githubusercontent.com",
          },
        },
      ],
    },
  },
});
