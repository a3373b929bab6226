// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import type { Subject } from "../../engine/subject";

const TYPE = "alicloud:alb/listener:Listener";

const RULE = "alicloud:alb/rule:Rule";

function redirects(rule: Subject): boolean {
  return (
    valueAt(rule, "ruleActions.0.type") === "Redirect" &&
    valueAt(rule, "ruleActions.0.redirectConfig.protocol") === "HTTPS" &&
    valueAt(rule, "ruleConditions.0.pathConfig.values.0") === "/*"
  );
}

export default defineRule({
  id: "listener-http-redirects",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: (subject) => valueAt(subject, "listenerProtocol") === "HTTP",
  clauses: ["CONF-PLEDGE"],
  title: "Plain HTTP is only ever redirected",
  why: "A login form over HTTP can be read and changed on the way.",
  remedy: "Declare an alb.Rule on the listener for /* that redirects to HTTPS.",
  check: (subject, world) =>
    world.referrers(subject, RULE, "listenerId").some(redirects)
      ? []
      : finding("", "no rule redirects everything of this listener to HTTPS; expected one"),
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "http", properties: { listenerProtocol: "HTTP" } },
        {
          type: RULE,
          name: "to-https",
          properties: {
            ruleActions: [{ type: "Redirect", redirectConfig: { protocol: "HTTPS" } }],
            ruleConditions: [{ type: "Path", pathConfig: { values: ["/*"] } }],
          },
          references: { listenerId: ["http"] },
        },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "http", properties: { listenerProtocol: "HTTP" } }] },
  },
});
