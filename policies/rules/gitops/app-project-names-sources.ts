// One rule; what a rule is stands in policies/engine/rule.ts.
import { each, expectValue, present } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { PROJECT } from "../../engine/kubernetes/gitops";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "app-project-names-sources",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [PROJECT] }],
  clauses: ["SEC-RELEASE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.2" }],
  title: "A project names the repositories that its applications come from",
  why: "With a wildcard whoever may edit one Application applies manifests of any repository in the world.",
  remedy: "List every repository under sourceRepos by its whole URL.",
  check: (subject) => [
    ...present(subject, "spec.sourceRepos", "at least one repository"),
    ...each(subject, "spec.sourceRepos", (_, path) =>
      expectValue(subject, path, (url) => !String(url).includes("*"), "the URL of one repository"),
    ),
  ],
  examples: {
    good: { subjects: object(PROJECT, { spec: "sourceRepos: [https://github.com/netedu/netedu-ops]" }) },
    bad: { subjects: object(PROJECT, { spec: "sourceRepos: ['*']" }) },
  },
});
