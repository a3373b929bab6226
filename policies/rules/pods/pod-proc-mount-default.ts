// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, PODS, podSecurity } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "pod-proc-mount-default",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [podSecurity("Baseline", "/proc Mount Type")],
  title: "/proc stays masked",
  why: "Unmasked, it shows the kernel's keys and lets a container change settings of the whole node.",
  remedy: "Remove securityContext.procMount.",
  check: (subject) =>
    eachContainer(subject, (path) =>
      expectValue(
        subject,
        [...path, "securityContext", "procMount"],
        (value) => value === undefined || value === "Default",
        "Default",
      ),
    ),
  examples: {
    good: { subjects: deployment({ container: "securityContext: { procMount: Default }" }) },
    bad: { subjects: deployment({ container: "securityContext: { procMount: Unmasked }" }) },
  },
});
