// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:alb/listener:Listener";

export default defineRule({
  id: "listener-tls-1-2",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: (subject) => valueAt(subject, "listenerProtocol") === "HTTPS",
  clauses: ["CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.8" }],
  title: "The edge speaks TLS 1.2 or newer",
  why: "TLS 1.0 and 1.1 are broken; learners' passwords pass here.",
  remedy:
    "Set securityPolicyId to one of the vendor's tls_cipher_policy_1_2 policies, or to a policy of our own.",
  check: (subject) =>
    expectValue(
      subject,
      "securityPolicyId",
      (policy) => typeof policy === "string" && policy.startsWith("tls_cipher_policy_1_2"),
      "tls_cipher_policy_1_2…",
    ),
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            listenerProtocol: "HTTPS",
            securityPolicyId: "tls_cipher_policy_1_2_strict_with_1_3",
          },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { listenerProtocol: "HTTPS", securityPolicyId: "tls_cipher_policy_1_0" },
        },
      ],
    },
  },
});
