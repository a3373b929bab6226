// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "key-period-plan-exists",
  severity: "high",
  applies: [{ surface: "service", types: ["key-period"] }],
  clauses: ["KEY-PLAN"],
  title: "Every key period has a plan that exists before it begins",
  why: "Safeguards that are thought of on the first day of a major meeting come too late.",
  remedy: "Write the plan and name its path under `plan`.",
  check: (subject, world) =>
    expectValue(
      subject,
      "plan",
      (value) => typeof value === "string" && world.hasFile(value),
      "the path of a plan that exists in the repository",
    ),
  examples: {
    good: {
      subjects: "name: autumn\nplan: runbooks/procedures/key-period.md\n",
      files: ["runbooks/procedures/key-period.md"],
    },
    bad: { subjects: "name: autumn\nplan: runbooks/procedures/key-period.md\n" },
  },
});
