// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, object } from "../../engine/kubernetes/examples";
import { inNamespace, named } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";

const ROLLOUT = "argoproj.io/v1alpha1/Rollout";
const CANARY = ["spec", "strategy", "canary"];
const rollout = object(ROLLOUT, {
  spec: "strategy: { canary: { stableService: web, canaryService: web-canary, trafficRouting: { nginx: { stableIngress: web } } } }",
});

export default defineRule({
  id: "rollout-services-exist",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [ROLLOUT] }],
  clauses: ["SEC-RELEASE"],
  title: "The services and the Ingress between which a rollout divides users are declared, and not the same",
  why: "The controller stops with an error before the first step, and the version stays where it was.",
  remedy: "Declare both Services and the Ingress in the namespace and name them in strategy.canary.",
  check: (subject, world) => {
    const at = (...path: string[]) => valueAt(subject, [...CANARY, ...path]);
    const missing = (path: string[], type: string) =>
      at(...path) !== undefined && !named(inNamespace(world, subject, type), at(...path))
        ? finding(
            [...CANARY, ...path],
            `there is no ${type} ${String(at(...path))} in this namespace; expected one`,
          )
        : [];
    return [
      ...missing(["stableService"], "v1/Service"),
      ...missing(["canaryService"], "v1/Service"),
      ...missing(["trafficRouting", "nginx", "stableIngress"], "networking.k8s.io/v1/Ingress"),
      ...(at("stableService") !== undefined && at("stableService") === at("canaryService")
        ? finding([...CANARY, "canaryService"], "is the stable service too; expected another")
        : []),
    ];
  },
  examples: {
    good: {
      subjects: cluster(
        rollout,
        object("v1/Service"),
        object("v1/Service", { name: "web-canary" }),
        object("networking.k8s.io/v1/Ingress"),
      ),
    },
    bad: { subjects: cluster(rollout, object("v1/Service"), object("networking.k8s.io/v1/Ingress")) },
  },
});
