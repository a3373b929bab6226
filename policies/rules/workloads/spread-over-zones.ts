// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { listAt, selects } from "../../engine/kubernetes/objects";
import { podLabelsOf, podSpecOf, REPLICATED } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";

const ZONE = "topology.kubernetes.io/zone";

export default defineRule({
  id: "spread-over-zones",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: REPLICATED }],
  clauses: ["SLA-P1"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.2.1" }],
  title: "The pods of a workload are spread over zones",
  why: "The scheduler may put them all into one zone, and the loss of a data centre is then the loss of the service.",
  remedy: `Add a topologySpreadConstraint over ${ZONE} whose labelSelector matches the pods themselves.`,
  check: (subject) => {
    const path = [...podSpecOf(subject), "topologySpreadConstraints"];
    const overZones = listAt(subject, path).filter((each) => isRecord(each) && each.topologyKey === ZONE);
    if (overZones.length === 0) return finding(path, `no constraint over ${ZONE}; expected one`);
    const labels = podLabelsOf(subject);
    return overZones.some((each) => isRecord(each) && selects(each.labelSelector, labels))
      ? []
      : finding(path, `the constraint over ${ZONE} does not select these pods; expected their labels`);
  },
  examples: {
    good: {
      subjects: deployment({
        pod: `topologySpreadConstraints:
  - { topologyKey: ${ZONE}, maxSkew: 1, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: web } } }`,
      }),
    },
    bad: {
      subjects: deployment({
        pod: `topologySpreadConstraints:
  - { topologyKey: ${ZONE}, maxSkew: 1, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: api } } }`,
      }),
    },
  },
});
