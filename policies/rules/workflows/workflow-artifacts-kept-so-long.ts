// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";
import { stepsOf } from "../../engine/workflow/questions";

export default defineRule({
  id: "workflow-artifacts-kept-so-long",
  severity: "low",
  applies: [{ surface: "workflow", types: ["workflow", "action"] }],
  clauses: ["ARC-EVENTS"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.3" }],
  title: "Every artifact says how long it is kept",
  why: "The default is whatever the organisation set; a report that is gone proves nothing, a database excerpt that stays leaks.",
  remedy:
    "Set retention-days on actions/upload-artifact; what proves something is kept in the evidence store, not here.",
  check: (subject) =>
    stepsOf(subject)
      .filter(({ of: { uses } }) => typeof uses === "string" && uses.startsWith("actions/upload-artifact@"))
      .flatMap(({ of, path }) => {
        const days = isRecord(of.with) ? of.with["retention-days"] : undefined;
        return typeof days === "number" && days >= 1 && days <= 90
          ? []
          : finding(
              [...path, "with"],
              `retention-days is ${days === undefined ? "not set" : String(days)}; expected 1 to 90`,
            );
      }),
  examples: {
    good: {
      subjects: `jobs: { test: { steps: [{ uses: actions/upload-artifact@0, with: { name: report, retention-days: 30 } }] } }\n`,
    },
    bad: {
      subjects: `jobs: { test: { steps: [{ uses: actions/upload-artifact@0, with: { name: report } }] } }\n`,
    },
  },
});
