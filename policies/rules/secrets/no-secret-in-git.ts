// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "no-secret-in-git",
  severity: "critical",
  // Of every kind, so that a repository without one Secret is a pass and not a rule without subjects.
  applies: [{ surface: "kubernetes", types: ["*"] }],
  clauses: ["CONF-PLEDGE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.8" }],
  title: "Git holds the names of secrets, never their contents",
  why: "base64 is no encryption, and what was once in git stays in every clone.",
  remedy: "Declare an ExternalSecret that brings it from KMS, change the secret, and remove this object.",
  check: (subject) =>
    subject.type !== "v1/Secret"
      ? []
      : ["data", "stringData"]
          .filter((field) => valueAt(subject, field) !== undefined)
          .flatMap((field) => finding(field, "contents of a secret; expected an ExternalSecret instead")),
  examples: {
    good: { subjects: object("external-secrets.io/v1/ExternalSecret") },
    bad: { subjects: object("v1/Secret", { fields: "stringData: { password: example }" }) },
  },
});
