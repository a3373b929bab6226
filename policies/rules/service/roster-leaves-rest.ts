// One rule; what a rule is stands in policies/engine/rule.ts.
import { DAY } from "../../engine/durations";
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { rosterExample } from "../../engine/service/examples";
import { noRoster, rosterOf } from "../../engine/service/questions";
import { withoutRest } from "../../service/on-call";

/** Hours between two shifts of one person; ours. */
const REST = 11;
const WEEKS = 4;

export default defineRule({
  id: "roster-leaves-rest",
  severity: "medium",
  applies: [{ surface: "service", types: ["roster"] }],
  clauses: ["SVC-REMOTE", "SVC-TEAM"],
  title: "Nobody stands in two shifts without a night's rest between them",
  why: "Whoever has been up for a day makes the mistake that turns a fault into a loss.",
  remedy: "Give one of the two shifts to somebody else.",
  check(subject, world) {
    const roster = rosterOf(subject);
    if (!roster) return noRoster();
    const from = world.today.getTime();
    const tired = withoutRest(roster, { from, to: from + WEEKS * 7 * DAY }, REST);
    return tired.flatMap(({ person, duty }) =>
      finding(
        "rotation",
        `${person} stands in ${duty.shift} on ${duty.day} with less than ${REST} h of rest before it`,
      ),
    );
  },
  examples: {
    good: { subjects: [rosterExample()] },
    bad: {
      subjects: [
        rosterExample({
          rotation: { from: "2026-11-02", days: 7, turns: [{ day: ["person-3"], night: ["person-3"] }] },
        }),
      ],
    },
  },
});
