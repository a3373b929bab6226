// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { jobsOf } from "../../engine/workflow/questions";

export default defineRule({
  id: "workflow-no-write-all",
  severity: "critical",
  applies: [{ surface: "workflow", types: ["workflow"] }],
  clauses: ["SEC-CONFIG"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "No job may write everything",
  why: "One compromised dependency of that job could then change code, releases and settings.",
  remedy: "Name the scopes that the job needs, each with read or write.",
  check: (subject) =>
    [{ of: subject.properties, path: [] }, ...jobsOf(subject)].flatMap(({ of: { permissions }, path }) =>
      permissions === "write-all"
        ? finding([...path, "permissions"], "write-all; expected the scopes that are needed")
        : [],
    ),
  examples: {
    good: { subjects: `permissions: {}\njobs: { test: { permissions: { contents: read } } }\n` },
    bad: { subjects: `permissions: {}\njobs: { test: { permissions: write-all } }\n` },
  },
});
