// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { person, rosterExample } from "../../engine/service/examples";
import { noRoster, rosterOf } from "../../engine/service/questions";

export default defineRule({
  id: "roster-roles-doubled",
  severity: "high",
  applies: [{ surface: "service", types: ["roster"] }],
  clauses: ["SVC-TEAM"],
  title: "Every role is filled, and somebody else can take it over",
  why: "A role that one person alone can do is not there when that person is ill.",
  remedy: "Give the role to a person in `roles`, and to another one in `roles` or `backupFor`.",
  check(subject) {
    const roster = rosterOf(subject);
    if (!roster) return noRoster();
    return roster.roles.flatMap(({ name }, index) => {
      const filled = roster.people.filter(({ roles }) => roles.includes(name)).length;
      const able = roster.people.filter((each) => each.roles.includes(name) || each.backupFor.includes(name));
      if (filled > 0 && able.length > 1) return [];
      const found = filled === 0 ? "nobody has it" : `only ${able[0]?.name} can do it`;
      return finding(["roles", index], `${name}: ${found}; expected one person and a second`);
    });
  },
  examples: {
    good: { subjects: [rosterExample()] },
    bad: {
      subjects: [
        rosterExample({
          people: [
            person(3, ["service-lead", "release-engineer", "operations-engineer"]),
            person(4, ["release-engineer"]),
          ],
        }),
      ],
    },
  },
});
