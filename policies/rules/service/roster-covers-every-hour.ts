// One rule; what a rule is stands in policies/engine/rule.ts.
import { DAY } from "../../engine/durations";
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { rosterExample } from "../../engine/service/examples";
import { noRoster, rosterOf } from "../../engine/service/questions";
import { uncovered } from "../../service/on-call";

const WEEKS = 4;

export default defineRule({
  id: "roster-covers-every-hour",
  severity: "critical",
  applies: [{ surface: "service", types: ["roster"] }],
  clauses: ["SVC-REMOTE"],
  title: "In the coming four weeks there is no hour in which nobody answers",
  why: "Support is promised around the clock; a fault in an hour without anybody misses its ten minutes for certain.",
  remedy: "Name people for the shift in `rotation.turns`, or a stand-in in `absences`.",
  check(subject, world) {
    const roster = rosterOf(subject);
    if (!roster) return noRoster();
    const from = world.today.getTime();
    return uncovered(roster, { from, to: from + WEEKS * 7 * DAY }).flatMap((gap) => {
      const hours = (gap.to - gap.from) / 3_600_000;
      const start = new Date(gap.from + 8 * 3_600_000).toISOString().slice(0, 16).replace("T", " ");
      return finding(
        "rotation",
        `nobody answers for ${hours} h from ${start} Asia/Shanghai; expected somebody at every hour`,
      );
    });
  },
  examples: {
    good: { subjects: [rosterExample()] },
    bad: {
      subjects: [rosterExample({ absences: [{ person: "person-3", from: "2026-12-01", to: "2026-12-01" }] })],
    },
  },
});
