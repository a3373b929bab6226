// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue, finding } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { itemsAt } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";

const CONFIG = "alibabacloud.com/v1/AlbConfig";

export default defineRule({
  id: "load-balancer-tls-policy",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [CONFIG] }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.2.2" }],
  title: "The load balancer speaks TLS 1.2 or later",
  why: "The default policy still takes TLS 1.0, which browsers left and security checks report.",
  remedy: "Set securityPolicyId: tls_cipher_policy_1_2_strict_with_1_3 on every HTTPS listener.",
  check: (subject) => {
    const listeners = itemsAt(subject, ["spec", "listeners"]).filter(
      ({ item }) => isRecord(item) && item.protocol === "HTTPS",
    );
    if (listeners.length === 0) return finding("spec.listeners", "no HTTPS listener; expected one");
    return listeners.flatMap(({ path }) =>
      expectValue(
        subject,
        [...path, "securityPolicyId"],
        (value) => typeof value === "string" && value.startsWith("tls_cipher_policy_1_2"),
        "tls_cipher_policy_1_2 or stricter",
      ),
    );
  },
  examples: {
    good: {
      subjects: object(CONFIG, {
        spec: "listeners: [{ port: 443, protocol: HTTPS, securityPolicyId: tls_cipher_policy_1_2_strict }]",
      }),
    },
    bad: {
      subjects: object(CONFIG, {
        spec: "listeners: [{ port: 443, protocol: HTTPS, securityPolicyId: tls_cipher_policy_1_0 }]",
      }),
    },
  },
});
