// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";
import { environmentOf, jobsOf, stepsOf } from "../../engine/workflow/questions";

/** A dry run, a plan and a render touch nothing. */
const PRODUCTION =
  /^(?!.*--dry-run)(?!.*\bops (plan|render|check|ci)\b).*(--env[ =]prod\b|--platform[ =]prod\b|--stack[ =]prod-)/m;

export default defineRule({
  id: "workflow-production-protected",
  severity: "critical",
  applies: [{ surface: "workflow", types: ["workflow"] }],
  clauses: ["SEC-RELEASE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.10.13" }],
  title: "What acts on production runs in an environment of production, which asks for approval",
  why: "Without the environment no approval is asked for, and the role that may change production cannot be assumed anyway.",
  remedy: "Set environment: prod-<pipeline> on the job; .github/SETTINGS.md says who approves it.",
  check: (subject) => [
    ...stepsOf(subject).flatMap(({ of: { run }, path, job }) => {
      if (typeof run !== "string" || !job || !PRODUCTION.test(run)) return [];
      return environmentOf(job).startsWith("prod-")
        ? []
        : finding(
            [...path, "run"],
            `${job.id} acts on production in ${environmentOf(job) || "no environment"}; expected prod-…`,
          );
    }),
    // A called workflow is told its stack and its environment.
    ...jobsOf(subject).flatMap(({ id, of, path }) => {
      const { stack, environment } = isRecord(of.with) ? of.with : {};
      const wrong = /^(prod|dr)-/.test(String(stack)) && !String(environment).startsWith("prod-");
      return wrong
        ? finding([...path, "with"], `${id} acts on ${String(stack)} outside production's environments`)
        : [];
    }),
  ],
  examples: {
    good: {
      subjects: `jobs: { up: { environment: prod-apply, steps: [{ run: npx pulumi up --stack prod-data }] } }\n`,
    },
    bad: { subjects: `jobs: { up: { steps: [{ run: npx pulumi up --stack prod-data }] } }\n` },
  },
});
