// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";
import { stepsOf } from "../../engine/workflow/questions";

export default defineRule({
  id: "workflow-checkout-keeps-no-token",
  severity: "medium",
  applies: [{ surface: "workflow", types: ["workflow", "action"] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  title: "A checkout leaves no token behind",
  why: "By default the token stays readable in .git/config for every later step and for every artifact that takes the directory along.",
  remedy: "Set persist-credentials: false on actions/checkout.",
  check: (subject) =>
    stepsOf(subject)
      .filter(({ of: { uses } }) => typeof uses === "string" && uses.startsWith("actions/checkout@"))
      .flatMap(({ of, path }) =>
        isRecord(of.with) && of.with["persist-credentials"] === false
          ? []
          : finding([...path, "with", "persist-credentials"], "persist-credentials is not false"),
      ),
  examples: {
    good: {
      subjects: `jobs: { test: { steps: [{ uses: actions/checkout@0, with: { persist-credentials: false } }] } }\n`,
    },
    bad: { subjects: `jobs: { test: { steps: [{ uses: actions/checkout@0 }] } }\n` },
  },
});
