// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, expectValue } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, inheritedField, PODS, podSecurity } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "pod-runs-as-non-root",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [
    podSecurity("Restricted", "Running as Non-root"),
    podSecurity("Restricted", "Running as Non-root user"),
    { standard: "GB/T 22239-2019", clause: "8.1.4.2" },
  ],
  title: "Containers run as a user that is not root",
  why: "Root in a container is root on the node as soon as anything else is wrong: a kernel bug, a mounted path.",
  remedy: "Set runAsNonRoot: true on the pod and a runAsUser above 0; no container may take it back.",
  check: (subject) =>
    eachContainer(subject, (path) => [
      ...equals(subject, inheritedField(subject, path, "runAsNonRoot"), true),
      ...expectValue(
        subject,
        inheritedField(subject, path, "runAsUser"),
        (value) => value !== 0,
        "a user other than 0",
      ),
    ]),
  examples: {
    good: { subjects: deployment({ pod: "securityContext: { runAsNonRoot: true, runAsUser: 10001 }" }) },
    bad: {
      subjects: deployment({
        pod: "securityContext: { runAsNonRoot: true }",
        container: "securityContext: { runAsNonRoot: false }",
      }),
    },
  },
});
