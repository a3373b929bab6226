// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { stepsOf, textsIn, triggersOf } from "../../engine/workflow/questions";

const PRIVILEGED = ["pull_request_target", "workflow_run", "issue_comment"];
const FOREIGN = /pull_request\.head|head_ref|head_sha|head_branch|refs\/pull\//;

export default defineRule({
  id: "workflow-no-untrusted-checkout",
  severity: "critical",
  applies: [{ surface: "workflow", types: ["workflow"] }],
  clauses: ["SEC-VULN", "CONF-PLEDGE"],
  title: "Code of a pull request never runs where secrets and a writing token are",
  why: "pull_request_target and workflow_run have the base repository's rights; checking out the pull request there gives them to anybody.",
  remedy:
    "Use on: pull_request; where a comment must be written for a fork, do it in a workflow that checks out nothing of the fork.",
  when: (subject) => triggersOf(subject).some((event) => PRIVILEGED.includes(event)),
  check: (subject) =>
    stepsOf(subject)
      .filter(({ of: { uses } }) => typeof uses === "string" && uses.startsWith("actions/checkout@"))
      .flatMap(({ of, path }) =>
        textsIn(of.with).some(({ text }) => FOREIGN.test(text))
          ? finding(path, "checks out what a pull request brings, with the base repository's rights")
          : [],
      ),
  examples: {
    good: {
      subjects: `on: pull_request_target\njobs:\n  label:\n    steps:\n      - uses: actions/checkout@0\n`,
    },
    bad: {
      subjects: `on: pull_request_target\njobs:\n  label:\n    steps:\n      - uses: actions/checkout@0\n        with: { ref: '\${{ github.event.pull_request.head.sha }}' }\n`,
    },
  },
});
