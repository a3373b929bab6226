// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:alb/loadBalancer:LoadBalancer";

export default defineRule({
  id: "edge-behind-firewall",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: (subject) => valueAt(subject, "addressType") === "Internet",
  clauses: ["SEC-VULN", "SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.3.3" }],
  title: "The edge stands behind the web application firewall",
  why: "Known attacks must not reach the application while its fix is being made.",
  remedy: "Set loadBalancerEdition: StandardWithWaf.",
  check: (subject) => equals(subject, "loadBalancerEdition", "StandardWithWaf"),
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { addressType: "Internet", loadBalancerEdition: "StandardWithWaf" },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { addressType: "Internet", loadBalancerEdition: "Standard" },
        },
      ],
    },
  },
});
