// One rule; what a rule is stands in policies/engine/rule.ts.
import { each, expectValue } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { eachContainer, PODS, podSecurity } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";
import { isList } from "../../engine/value";

export default defineRule({
  id: "pod-capabilities-dropped",
  severity: "high",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["SEC-CONFIG"],
  standards: [podSecurity("Restricted", "Capabilities"), { standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "Containers drop every capability and add none but NET_BIND_SERVICE",
  why: "The runtime's default set lets a process forge packets, change owners and read files of others.",
  remedy: "Set securityContext.capabilities.drop: [ALL]; listen above 1024 instead of adding a capability.",
  check: (subject) =>
    eachContainer(subject, (path) => [
      ...expectValue(
        subject,
        [...path, "securityContext", "capabilities", "drop"],
        (value) => isList(value) && value.includes("ALL"),
        "a list with ALL",
      ),
      ...each(subject, [...path, "securityContext", "capabilities", "add"], (_, item) =>
        expectValue(subject, item, (name) => name === "NET_BIND_SERVICE", "NET_BIND_SERVICE or nothing"),
      ),
    ]),
  examples: {
    good: { subjects: deployment({ container: "securityContext: { capabilities: { drop: [ALL] } }" }) },
    bad: {
      subjects: deployment({
        container: "securityContext: { capabilities: { drop: [ALL], add: [SYS_ADMIN] } }",
      }),
    },
  },
});
