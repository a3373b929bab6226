// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { PODS, podSecurity, podSpecOf } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "pod-no-host-namespaces",
  severity: "critical",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [podSecurity("Baseline", "Host Namespaces"), { standard: "GB/T 22239-2019", clause: "8.1.3.2" }],
  title: "Pods do not share the node's network, processes or memory",
  why: "On the host's network no NetworkPolicy applies; with its processes a pod reads others' environment.",
  remedy: "Remove hostNetwork, hostPID and hostIPC.",
  check: (subject) =>
    ["hostNetwork", "hostPID", "hostIPC"].flatMap((field) =>
      expectValue(subject, [...podSpecOf(subject), field], (value) => value !== true, "false"),
    ),
  examples: {
    good: { subjects: deployment({ pod: "hostNetwork: false" }) },
    bad: { subjects: deployment({ pod: "hostNetwork: true" }) },
  },
});
