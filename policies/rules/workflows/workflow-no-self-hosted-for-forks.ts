// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { jobsOf, textsIn, triggersOf } from "../../engine/workflow/questions";

const HOSTED = /^(ubuntu|windows|macos)-[\w.-]+$/;

export default defineRule({
  id: "workflow-no-self-hosted-for-forks",
  severity: "critical",
  applies: [{ surface: "workflow", types: ["workflow"] }],
  clauses: ["SEC-VULN", "CONF-PLEDGE"],
  title: "What strangers can start never runs on a machine of ours",
  why: "A pull request of a fork can leave a process behind on a self-hosted runner and read what the next job does there.",
  remedy: "Use a hosted runner such as ubuntu-24.04 for everything that pull requests start.",
  when: (subject) =>
    triggersOf(subject).some((event) => event.startsWith("pull_request") || event.startsWith("issue")),
  check: (subject) =>
    jobsOf(subject).flatMap(({ id, of, path }) =>
      textsIn(of["runs-on"]).some(({ text }) => !HOSTED.test(text))
        ? finding([...path, "runs-on"], `${id} does not run on a runner of GitHub's`)
        : [],
    ),
  examples: {
    good: { subjects: `on: pull_request\njobs: { test: { runs-on: ubuntu-24.04 } }\n` },
    bad: { subjects: `on: [pull_request]\njobs: { test: { runs-on: [self-hosted, linux] } }\n` },
  },
});
