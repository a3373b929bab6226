// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { equalLabels, inNamespace, itemsAt } from "../../engine/kubernetes/objects";
import { containersOf, PODS, podLabelsOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";
import type { Subject } from "../../engine/subject";
import { isRecord, type PlannedValue } from "../../engine/value";

/** Names and numbers of a pod's ports. */
function portsOf(workload: Subject): PlannedValue[] {
  return containersOf(workload)
    .flatMap((path) => itemsAt(workload, [...path, "ports"]))
    .flatMap(({ item }) => (isRecord(item) ? [item.name ?? "", item.containerPort ?? ""] : []));
}

export default defineRule({
  id: "service-selects-pods",
  severity: "high",
  applies: [{ surface: "kubernetes", types: ["v1/Service"] }],
  when: (subject) => isRecord(valueAt(subject, "spec.selector")),
  clauses: ["SLA-P1", "SEC-RELEASE"],
  title: "A service finds pods, and a port that they open",
  why: "One that finds nothing answers every request with 503, and no probe of a pod notices.",
  remedy: "Write the labels of the pod template into spec.selector and one of its ports into targetPort.",
  check: (subject, world) => {
    const selector = valueAt(subject, "spec.selector");
    const workloads = inNamespace(world, subject, ...PODS).filter(
      (each) => isRecord(selector) && equalLabels(selector, podLabelsOf(each)),
    );
    if (workloads.length === 0) return finding("spec.selector", "selects no pods of this namespace");
    return itemsAt(subject, ["spec", "ports"]).flatMap(({ item, path }) => {
      const port = isRecord(item) ? (item.targetPort ?? item.port) : undefined;
      const closed = workloads.filter((each) => !portsOf(each).some((open) => open === port));
      return closed.flatMap(({ name }) =>
        finding(path, `${name} opens no port ${String(port)}; expected one it opens`),
      );
    });
  },
  examples: {
    good: {
      subjects: cluster(
        deployment({ container: "ports: [{ name: http, containerPort: 8080 }]" }),
        object("v1/Service", { spec: "selector: { app: web }\nports: [{ port: 80, targetPort: http }]" }),
      ),
    },
    bad: {
      subjects: cluster(
        deployment({ container: "ports: [{ name: http, containerPort: 8080 }]" }),
        object("v1/Service", { spec: "selector: { app: web }\nports: [{ port: 80, targetPort: web }]" }),
      ),
    },
  },
});
