// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:cs/managedKubernetes:ManagedKubernetes";

export default defineRule({
  id: "cluster-api-private",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-CONFIG"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.3.2" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "7.9" },
  ],
  title: "The API of the cluster is not on the internet",
  why: "Whoever reaches it needs one leaked kubeconfig.",
  remedy: "Set slbInternetEnabled: false; reach it through the bastion or the VPN.",
  check: (subject) => equals(subject, "slbInternetEnabled", false),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { slbInternetEnabled: false } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { slbInternetEnabled: true } }] },
  },
});
