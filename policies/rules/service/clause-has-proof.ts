// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { texts } from "../../engine/service/questions";

export default defineRule({
  id: "clause-has-proof",
  severity: "low",
  applies: [{ surface: "service", types: ["clause"] }],
  clauses: ["ARC-EVENTS"],
  title: "Every clause of the contract names a proof that exists",
  why: "A clause whose proof is gone looks proven; one without any proof is unknown, and must be seen to be.",
  remedy:
    "Name a job or a rule that exists under proofs of policies/contract/clauses.yaml; until there is one the clause stays unknown.",
  check(subject, world) {
    const rules = texts(valueAt(subject, "proofs.rules"));
    const gone = rules.flatMap((name, index) =>
      world.hasFile(`policies/rules/${name}.ts`)
        ? []
        : finding(["proofs", "rules", index], `the proof policies/rules/${name}.ts does not exist`),
    );
    const jobs = texts(valueAt(subject, "proofs.jobs"));
    const missing = jobs.flatMap((name, index) =>
      // A job of several commands is a folder.
      [`${name}.ts`, `${name}/index.ts`].some((file) => world.hasFile(`scripts/jobs/${file}`))
        ? []
        : finding(["proofs", "jobs", index], `the proof scripts/jobs/${name} does not exist`),
    );
    const unproven = jobs.length + rules.length === 0;
    return unproven
      ? [
          {
            path: [],
            message: "unproven: no job and no rule shows whether the clause is honoured",
            unknown: true,
          },
        ]
      : [...gone, ...missing];
  },
  examples: {
    good: { subjects: "id: DR-RESTORE\nproofs: { jobs: [verify] }\n", files: ["scripts/jobs/verify.ts"] },
    bad: { subjects: "id: DR-RESTORE\nproofs: { jobs: [verify-all] }\n", files: ["scripts/jobs/verify.ts"] },
  },
});
