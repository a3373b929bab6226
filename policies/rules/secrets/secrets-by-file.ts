// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { deployment } from "../../engine/kubernetes/examples";
import { itemsAt } from "../../engine/kubernetes/objects";
import { eachContainer, PODS } from "../../engine/kubernetes/pods";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "secrets-by-file",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: PODS }],
  clauses: ["CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.8" }],
  title: "Programs read secrets from files, never from the environment",
  why: "Variables are inherited by every child, printed by crash reports, and do not change when the secret does.",
  remedy: "Mount the Secret as a volume and read it below CREDENTIALS_DIRECTORY.",
  check: (subject) =>
    eachContainer(subject, (container) => [
      ...itemsAt(subject, [...container, "env"])
        .map(({ path }) => [...path, "valueFrom", "secretKeyRef"])
        .filter((path) => valueAt(subject, path) !== undefined)
        .flatMap((path) => finding(path, "a secret in a variable; expected a mounted file")),
      ...itemsAt(subject, [...container, "envFrom"])
        .map(({ path }) => [...path, "secretRef"])
        .filter((path) => valueAt(subject, path) !== undefined)
        .flatMap((path) => finding(path, "a whole secret as variables; expected mounted files")),
    ]),
  examples: {
    good: {
      subjects: deployment({
        container: "env: [{ name: CREDENTIALS_DIRECTORY, value: /var/run/credentials }]",
      }),
    },
    bad: {
      subjects: deployment({
        container:
          "env: [{ name: DATABASE_URL, valueFrom: { secretKeyRef: { name: web, key: database-url } } }]",
      }),
    },
  },
});
