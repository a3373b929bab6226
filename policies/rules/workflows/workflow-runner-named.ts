// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { jobsOf, textsIn } from "../../engine/workflow/questions";

export default defineRule({
  id: "workflow-runner-named",
  severity: "low",
  applies: [{ surface: "workflow", types: ["workflow"] }],
  clauses: ["SEC-CONFIG"],
  title: "Every job names the version of its runner",
  why: "ubuntu-latest changes one day, and with it PostgreSQL and everything else that the job finds there.",
  remedy: "Write ubuntu-24.04 instead of ubuntu-latest.",
  check: (subject) =>
    jobsOf(subject).flatMap(({ of, path }) =>
      textsIn(of["runs-on"]).some(({ text }) => text.endsWith("-latest"))
        ? finding([...path, "runs-on"], "the runner is whatever is latest")
        : [],
    ),
  examples: {
    good: { subjects: `jobs: { test: { runs-on: ubuntu-24.04 } }\n` },
    bad: { subjects: `jobs: { test: { runs-on: ubuntu-latest } }\n` },
  },
});
