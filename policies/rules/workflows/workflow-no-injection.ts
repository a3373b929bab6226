// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { expressionsIn, stepsOf } from "../../engine/workflow/questions";

/** Everything of the event, inputs, and what comes out of other steps: some is harmless, none has to stand in a script. */
const UNTRUSTED =
  /\bgithub\s*(\.|\[\s*["'])\s*(event\b|head_ref|ref_name)|\binputs\b|\b(steps|needs)\.[\w-]+\.outputs\b/;

export default defineRule({
  id: "workflow-no-injection",
  severity: "critical",
  applies: [{ surface: "workflow", types: ["workflow", "action"] }],
  clauses: ["SEC-VULN"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.10.5" }],
  title: "No text that others write is put into a script",
  why: "A branch called a\";curl \u2026 or an issue's title then runs as a command in the job.",
  remedy: 'Pass it through env: and read "$NAME" in the script.',
  check: (subject) =>
    stepsOf(subject).flatMap(({ of, path }) =>
      expressionsIn(of.run)
        .filter((expression) => UNTRUSTED.test(expression))
        .flatMap((expression) =>
          finding([...path, "run"], `"${expression}" in a script is whatever somebody typed`),
        ),
    ),
  examples: {
    good: {
      subjects: `jobs:\n  test:\n    steps:\n      - run: ./ops plan --base "$BASE"\n        env: { BASE: '\${{ github.event.pull_request.base.sha }}' }\n`,
    },
    bad: { subjects: `jobs:\n  test:\n    steps:\n      - run: git checkout \${{ github.head_ref }}\n` },
  },
});
