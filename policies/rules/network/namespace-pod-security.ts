// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, expectValue } from "../../engine/expect";
import { KUBERNETES } from "../../engine/kubernetes/version";
import { defineRule } from "../../engine/rule";

const PREFIX = "pod-security.kubernetes.io/";

const namespace = (level: string): string => `
apiVersion: v1
kind: Namespace
metadata:
  name: learning
  labels:
    ${PREFIX}enforce: ${level}
    ${PREFIX}enforce-version: v${KUBERNETES}
    ${PREFIX}audit: restricted
    ${PREFIX}warn: restricted
`;

export default defineRule({
  id: "namespace-pod-security",
  severity: "high",
  applies: [{ surface: "kubernetes", types: ["v1/Namespace"] }],
  clauses: ["SEC-CONFIG"],
  standards: [
    { standard: `Kubernetes Pod Security Standards v${KUBERNETES}`, clause: "Restricted" },
    { standard: "GB/T 22239-2019", clause: "8.1.4.2" },
  ],
  title: "Every namespace enforces the Restricted level, of a fixed version",
  why: "Rules in git hold for what comes from git; the label holds for whatever else is created in the cluster.",
  remedy: `Label the namespace ${PREFIX}enforce, audit and warn: restricted, and enforce-version: v${KUBERNETES}.`,
  check: (subject) => [
    ...["enforce", "audit", "warn"].flatMap((mode) =>
      equals(subject, ["metadata", "labels", `${PREFIX}${mode}`], "restricted"),
    ),
    ...expectValue(
      subject,
      ["metadata", "labels", `${PREFIX}enforce-version`],
      (value) => typeof value === "string" && /^v1\.[0-9]+$/.test(value),
      `v${KUBERNETES}: "latest" changes with the cluster`,
    ),
  ],
  examples: {
    good: { subjects: namespace("restricted") },
    bad: { subjects: namespace("baseline") },
  },
});
