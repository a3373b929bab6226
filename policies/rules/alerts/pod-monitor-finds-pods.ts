// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, deployment, object } from "../../engine/kubernetes/examples";
import { inNamespace, itemsAt, selects } from "../../engine/kubernetes/objects";
import { containersOf, PODS, podLabelsOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";
import type { Subject } from "../../engine/subject";
import { isRecord } from "../../engine/value";

const MONITOR = "monitoring.coreos.com/v1/PodMonitor";
const pods = deployment({ container: "ports: [{ name: management, containerPort: 9090 }]" });
const monitor = (port: string): string =>
  object(MONITOR, {
    spec: `selector: { matchLabels: { app: web } }\npodMetricsEndpoints: [{ port: ${port} }]`,
  });

const portNames = (workload: Subject) =>
  containersOf(workload)
    .flatMap((path) => itemsAt(workload, [...path, "ports"]))
    .flatMap(({ item }) => (isRecord(item) ? [item.name] : []));

export default defineRule({
  id: "pod-monitor-finds-pods",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [MONITOR] }],
  // One that looks into other namespaces is not judged from this one.
  when: (subject) => valueAt(subject, "spec.namespaceSelector") === undefined,
  clauses: ["PERF-INTERACT", "KEY-WATCH"],
  title: "A pod monitor finds pods, and the port where they tell how they are",
  why: "Without figures no alert fires and no release is taken back: silence looks like health.",
  remedy: "Write the pods' labels into selector and the name of one of their ports into podMetricsEndpoints.",
  check: (subject, world) => {
    const found = inNamespace(world, subject, ...PODS).filter((each) =>
      selects(valueAt(subject, "spec.selector"), podLabelsOf(each)),
    );
    if (found.length === 0) return finding("spec.selector", "selects no pods of this namespace");
    return itemsAt(subject, ["spec", "podMetricsEndpoints"]).flatMap(({ item, path }) => {
      const port = isRecord(item) ? item.port : undefined;
      if (port === undefined || found.some((each) => portNames(each).includes(port))) return [];
      return finding([...path, "port"], `no container names a port ${String(port)}; expected one that does`);
    });
  },
  examples: {
    good: { subjects: cluster(pods, monitor("management")) },
    bad: { subjects: cluster(pods, monitor("metrics")) },
  },
});
