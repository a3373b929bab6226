// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { matches, PROJECT } from "../../engine/kubernetes/gitops";
import { itemsAt, textAt } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";
import { isList } from "../../engine/value";

/** Kinds with which an application could give itself rights or read what it should not. */
const RIGHTS = [
  ["rbac.authorization.k8s.io", "Role"],
  ["rbac.authorization.k8s.io", "RoleBinding"],
  ["", "Secret"],
] as const;

export default defineRule({
  id: "app-project-grants-no-rights",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [PROJECT] }],
  // A project with kinds of the cluster runs the cluster itself.
  when: (subject) => {
    const ofCluster = valueAt(subject, "spec.clusterResourceWhitelist");
    return !isList(ofCluster) || ofCluster.length === 0;
  },
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "A project of workloads lists its kinds, and none of them grants rights",
  why: "Without the list a release can bring a RoleBinding along, and a Secret in git is applied like anything else.",
  remedy: "List the kinds under namespaceResourceWhitelist; leave out Role, RoleBinding and Secret.",
  check: (subject) => {
    const path = ["spec", "namespaceResourceWhitelist"];
    const listed = itemsAt(subject, path);
    if (listed.length === 0) return finding(path, "is not set, so every kind is allowed; expected a list");
    return listed.flatMap(({ path: at }) =>
      RIGHTS.filter(
        ([group, kind]) =>
          matches(textAt(subject, [...at, "group"]) ?? "", group) &&
          matches(textAt(subject, [...at, "kind"]) ?? "", kind),
      ).flatMap(([, kind]) => finding(at, `allows ${kind}; expected kinds that grant nothing`)),
    );
  },
  examples: {
    good: {
      subjects: object(PROJECT, { spec: "namespaceResourceWhitelist: [{ group: apps, kind: Deployment }]" }),
    },
    bad: { subjects: object(PROJECT, { spec: "namespaceResourceWhitelist: [{ group: '*', kind: '*' }]" }) },
  },
});
