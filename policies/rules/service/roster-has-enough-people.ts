// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { clauseExample, person, rosterExample } from "../../engine/service/examples";
import { figureOf, noFigure, noRoster, rosterOf } from "../../engine/service/questions";

export default defineRule({
  id: "roster-has-enough-people",
  severity: "high",
  applies: [{ surface: "service", types: ["roster"] }],
  clauses: ["SVC-TEAM"],
  title: "The team has at least as many people as the contract asks for",
  why: "The contract promises a team of this size; a smaller one is a breach before anything fails.",
  remedy: "Name further people in policies/service/roster.yaml.",
  check(subject, world) {
    const roster = rosterOf(subject);
    if (!roster) return noRoster();
    const least = figureOf(world, "SVC-TEAM", "people");
    if (least === undefined) return noFigure("SVC-TEAM", "people");
    const found = roster.people.length;
    return found >= least ? [] : finding("people", `${found} people; expected at least ${least} (SVC-TEAM)`);
  },
  examples: {
    good: { subjects: [rosterExample(), clauseExample("SVC-TEAM", { people: 8 })] },
    bad: {
      subjects: [
        rosterExample({ people: [3, 4].map((index) => person(index, ["operations-engineer"])) }),
        clauseExample("SVC-TEAM", { people: 8 }),
      ],
    },
  },
});
