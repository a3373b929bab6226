// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isList } from "../../engine/value";

const TYPE = "alicloud:cs/managedKubernetes:ManagedKubernetes";

export default defineRule({
  id: "cluster-control-plane-logs",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["ARC-EVENTS", "SEC-LOGS"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.3" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "2.4" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "7.1" },
  ],
  title: "Logs of the cluster's control plane are kept for at least 180 days",
  why: "They explain evictions, failed admissions and scaling, long after the pods are gone.",
  remedy:
    'Set controlPlaneLogTtl to "180" or more and list apiserver, kcm and scheduler in controlPlaneLogComponents.',
  check: (subject) => [
    ...atLeast(subject, "controlPlaneLogTtl", 180, "days"),
    ...expectValue(
      subject,
      "controlPlaneLogComponents",
      (names) => isList(names) && ["apiserver", "kcm", "scheduler"].every((name) => names.includes(name)),
      "apiserver, kcm and scheduler among them",
    ),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            controlPlaneLogTtl: "180",
            controlPlaneLogComponents: ["apiserver", "kcm", "scheduler"],
          },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { controlPlaneLogTtl: "30", controlPlaneLogComponents: ["apiserver"] },
        },
      ],
    },
  },
});
