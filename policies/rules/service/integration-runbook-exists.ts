// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const runbookFile = (name: string): string => `runbooks/${name}.md`;

export default defineRule({
  id: "integration-runbook-exists",
  severity: "high",
  applies: [{ surface: "service", types: ["integration"] }],
  clauses: ["MNT-OTHER"],
  title: "Every integration names a runbook that exists",
  why: "Whoever is called at night must find what to do without knowing the vendor.",
  remedy: "Write the runbook under runbooks/procedures/ and name it by its path without .md.",
  check: (subject, world) =>
    expectValue(
      subject,
      "runbook",
      (value) => typeof value === "string" && world.hasFile(runbookFile(value)),
      "the path of a runbook under runbooks/, without .md",
    ),
  examples: {
    good: {
      subjects: "name: sms\nrunbook: procedures/check-sms-platform\n",
      files: ["runbooks/procedures/check-sms-platform.md"],
    },
    bad: { subjects: "name: sms\nrunbook: procedures/check-sms-platfrom\n" },
  },
});
