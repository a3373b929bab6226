// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { jobsOf, stepsOf } from "../../engine/workflow/questions";

/** Our own actions come with the commit; images are the business of workflow-images-pinned. */
const PINNED = /^(\.\/|docker:\/\/)|^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;

export default defineRule({
  id: "workflow-actions-pinned",
  severity: "high",
  applies: [{ surface: "workflow", types: ["workflow", "action"] }],
  clauses: ["SEC-VULN", "SEC-RELEASE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.10.5" }],
  title: "Every action is pinned by the full digest of a commit",
  why: "A tag can be moved to other code, which then runs with the repository's token and the cloud's credentials.",
  remedy: "Write uses: owner/action@<40 hex digits> # v1.2.3; Renovate keeps both up to date.",
  check: (subject) =>
    [...stepsOf(subject), ...jobsOf(subject)].flatMap(({ of: { uses }, path }) =>
      typeof uses !== "string" || PINNED.test(uses)
        ? []
        : finding([...path, "uses"], `${uses} is not pinned; expected owner/action@<40 hex digits>`),
    ),
  examples: {
    good: {
      subjects: `jobs:\n  test:\n    steps:\n      - uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1\n      - uses: ./.github/actions/setup\n`,
    },
    bad: { subjects: `jobs:\n  test:\n    steps:\n      - uses: actions/checkout@v6\n` },
  },
});
