// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { itemsAt } from "../../engine/kubernetes/objects";
import { PODS, podSecurity, podSpecOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";

/** Types that the Restricted level allows. */
const ALLOWED = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

export default defineRule({
  id: "pod-volume-types",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [
    podSecurity("Baseline", "HostPath Volumes"),
    podSecurity("Restricted", "Volume Types"),
    { standard: "GB/T 22239-2019", clause: "8.1.4.2" },
  ],
  title: "Volumes are of the cluster, never of the node",
  why: "A path of the node gives a pod the credentials of the kubelet or another pod's data.",
  remedy:
    "Use a persistentVolumeClaim, an emptyDir, a secret or a configMap instead of hostPath and its like.",
  check: (subject) =>
    itemsAt(subject, [...podSpecOf(subject), "volumes"]).flatMap(({ item, path }) =>
      Object.keys(isRecord(item) ? item : {})
        .filter((field) => field !== "name" && !ALLOWED.includes(field))
        .flatMap((field) =>
          finding([...path, field], `a volume of type ${field}; expected one of ${ALLOWED.join(", ")}`),
        ),
    ),
  examples: {
    good: { subjects: deployment({ pod: "volumes: [{ name: tmp, emptyDir: { sizeLimit: 64Mi } }]" }) },
    bad: { subjects: deployment({ pod: "volumes: [{ name: node, hostPath: { path: /var/lib/kubelet } }]" }) },
  },
});
