// One rule; what a rule is stands in policies/engine/rule.ts.
import { among } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, inheritedField, PODS, podSecurity } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "pod-seccomp-profile",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [podSecurity("Restricted", "Seccomp"), { standard: "GB/T 22239-2019", clause: "8.1.4.4" }],
  title: "System calls are filtered",
  why: "The runtime's profile closes the calls that most container escapes went through and that no app needs.",
  remedy: "Set securityContext.seccompProfile.type: RuntimeDefault on the pod.",
  check: (subject) =>
    eachContainer(subject, (path) =>
      among(
        subject,
        [...inheritedField(subject, path, "seccompProfile"), "type"],
        ["RuntimeDefault", "Localhost"],
      ),
    ),
  examples: {
    good: { subjects: deployment({ pod: "securityContext: { seccompProfile: { type: RuntimeDefault } }" }) },
    bad: { subjects: deployment({ pod: "securityContext: { seccompProfile: { type: Unconfined } }" }) },
  },
});
