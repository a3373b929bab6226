// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { clauseExample } from "../../engine/service/examples";
import { figureOf, noFigure } from "../../engine/service/questions";

/** Minutes of data that may be lost; ours, the contract names none. */
const RPO = 15;
/** What a platform file means when it names no targets (policies/schemas/platform.schema.json). */
const DEFAULTS: Readonly<Record<string, number>> = { rto: 60, rpo: 5 };

const platform = (targets: Readonly<Record<string, number>>) => ({
  type: "platform",
  name: "learning",
  properties: { targets },
});
const clause = clauseExample("SLA-P1", { fix: 1 });

export default defineRule({
  id: "platform-targets-within-contract",
  severity: "high",
  applies: [{ surface: "service", types: ["platform"] }],
  clauses: ["DR-RESTORE", "SLA-P1"],
  title: "A platform's restore targets keep the contract's time for a major fault",
  why: "A drill that passes against a target longer than the contract's hour proves a breach.",
  remedy: `Set targets.rto to at most the fix time of SLA-P1, and targets.rpo to at most ${RPO} minutes.`,
  check(subject, world) {
    const hours = figureOf(world, "SLA-P1", "fix");
    if (hours === undefined) return noFigure("SLA-P1", "fix");
    return Object.entries({ rto: hours * 60, rpo: RPO }).flatMap(([name, most]) => {
      const minutes = valueAt(subject, ["targets", name]) ?? DEFAULTS[name];
      return typeof minutes === "number" && minutes > 0 && minutes <= most
        ? []
        : finding(
            ["targets", name],
            `${name} is ${String(minutes)} min; expected above 0 and at most ${most} min`,
          );
    });
  },
  examples: {
    good: { subjects: [platform({ rto: 60, rpo: 5 }), clause] },
    bad: { subjects: [platform({ rto: 240, rpo: 5 }), clause] },
  },
});
