// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, PODS, podSecurity } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "pod-no-privilege-escalation",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [
    podSecurity("Restricted", "Privilege Escalation"),
    { standard: "GB/T 22239-2019", clause: "8.1.4.2" },
  ],
  title: "No process gains more rights than its parent",
  why: "Without it a setuid program inside the image makes root out of whoever breaks into the app.",
  remedy: "Set securityContext.allowPrivilegeEscalation: false on every container, init containers included.",
  check: (subject) =>
    eachContainer(subject, (path) =>
      equals(subject, [...path, "securityContext", "allowPrivilegeEscalation"], false),
    ),
  examples: {
    good: { subjects: deployment({ container: "securityContext: { allowPrivilegeEscalation: false }" }) },
    bad: { subjects: deployment({ container: "image: web" }) },
  },
});
