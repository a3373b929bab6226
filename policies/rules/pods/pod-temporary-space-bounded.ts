// One rule; what a rule is stands in policies/engine/rule.ts.
import { present, valueAt } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { itemsAt } from "../../engine/kubernetes/objects";
import { PODS, podSpecOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "pod-temporary-space-bounded",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  title: "Temporary space has a limit",
  why: "An emptyDir without one fills the node's disk, and every pod of the node is evicted.",
  remedy: "Set emptyDir.sizeLimit.",
  check: (subject) =>
    itemsAt(subject, [...podSpecOf(subject), "volumes"])
      .filter(({ path }) => valueAt(subject, [...path, "emptyDir"]) !== undefined)
      .flatMap(({ path }) => present(subject, [...path, "emptyDir", "sizeLimit"], "an amount")),
  examples: {
    good: { subjects: deployment({ pod: "volumes: [{ name: tmp, emptyDir: { sizeLimit: 64Mi } }]" }) },
    bad: { subjects: deployment({ pod: "volumes: [{ name: tmp, emptyDir: {} }]" }) },
  },
});
