// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { lifecycleOf } from "../../engine/kubernetes/lifecycle";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "api-version-current",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: ["*"] }],
  clauses: ["SEC-RELEASE"],
  title: "No API version is deprecated",
  why: "It will be gone after one of the next upgrades, and then everything that uses it at once.",
  remedy: "Write the version that takes its place now, while both are served.",
  check: ({ type }) => {
    const lifecycle = lifecycleOf(type);
    if (lifecycle?.state !== "deprecated") return [];
    const until = lifecycle.until ? `, gone in ${lifecycle.until}` : "";
    const use = lifecycle.use ? `; expected ${lifecycle.use}` : "";
    return finding("apiVersion", `${type} is deprecated since ${lifecycle.since}${until}${use}`);
  },
  examples: {
    good: { subjects: object("networking.k8s.io/v1/ServiceCIDR", { namespace: "" }) },
    bad: { subjects: object("networking.k8s.io/v1beta1/ServiceCIDR", { namespace: "" }) },
  },
});
