// One rule; what a rule is stands in policies/engine/rule.ts.
import { each, expectValue, finding, present, valueAt } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { PROJECT } from "../../engine/kubernetes/gitops";
import { defineRule } from "../../engine/rule";
import { isList } from "../../engine/value";

export default defineRule({
  id: "app-project-names-destinations",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [PROJECT] }],
  clauses: ["SEC-RELEASE", "SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "A project names the cluster, and every namespace unless it runs the cluster",
  why: "A project of workloads that may write everywhere can overwrite the policies that hold it.",
  remedy:
    "Name server and namespace of every destination. Only a project that lists kinds of the cluster may have namespace '*'.",
  check: (subject) => {
    const ofCluster = valueAt(subject, "spec.clusterResourceWhitelist");
    const runsCluster = isList(ofCluster) && ofCluster.length > 0;
    return [
      ...present(subject, "spec.destinations", "at least one destination"),
      ...each(subject, "spec.destinations", (_, path) => [
        ...expectValue(subject, [...path, "server"], (url) => !String(url).includes("*"), "one cluster"),
        ...(valueAt(subject, [...path, "namespace"]) === "*" && !runsCluster
          ? finding([...path, "namespace"], "every namespace; expected one by its name")
          : []),
      ]),
    ];
  },
  examples: {
    good: {
      subjects: object(PROJECT, {
        spec: "destinations: [{ server: https://kubernetes.default.svc, namespace: learning }]\nclusterResourceWhitelist: []",
      }),
    },
    bad: {
      subjects: object(PROJECT, {
        spec: "destinations: [{ server: https://kubernetes.default.svc, namespace: '*' }]\nclusterResourceWhitelist: []",
      }),
    },
  },
});
