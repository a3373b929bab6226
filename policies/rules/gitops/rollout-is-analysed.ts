// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, object } from "../../engine/kubernetes/examples";
import { inCluster, inNamespace, itemsAt, named } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";

const ROLLOUT = "argoproj.io/v1alpha1/Rollout";
const CANARY = ["spec", "strategy", "canary"];
const rollout = object(ROLLOUT, {
  spec: "strategy: { canary: { analysis: { templates: [{ templateName: performance, clusterScope: true }] } } }",
});
const template = (name: string): string =>
  object("argoproj.io/v1alpha1/ClusterAnalysisTemplate", { name, namespace: "" });

export default defineRule({
  id: "rollout-is-analysed",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [ROLLOUT] }],
  clauses: ["SEC-RELEASE", "PERF-INTERACT"],
  title: "A new version is measured while it is let in, by an analysis that is declared",
  why: "Without one a canary is a pause: the steps go on although the new version answers with errors.",
  remedy:
    "Name a ClusterAnalysisTemplate (clusterScope: true) or an AnalysisTemplate of the namespace under analysis.",
  check: (subject, world) => {
    const path = [...CANARY, "analysis", "templates"];
    const templates = itemsAt(subject, path);
    if (templates.length === 0) return finding(CANARY, "no analysis; expected at least one template");
    return templates.flatMap(({ path: at }) => {
      const name = valueAt(subject, [...at, "templateName"]);
      const known =
        valueAt(subject, [...at, "clusterScope"]) === true
          ? inCluster(world, subject, "argoproj.io/v1alpha1/ClusterAnalysisTemplate")
          : inNamespace(world, subject, "argoproj.io/v1alpha1/AnalysisTemplate");
      return named(known, name)
        ? []
        : finding(at, `no analysis is called ${String(name)}; expected a declared one`);
    });
  },
  examples: {
    good: { subjects: cluster(rollout, template("performance")) },
    bad: { subjects: cluster(rollout, template("errors")) },
  },
});
