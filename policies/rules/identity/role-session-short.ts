// One rule; what a rule is stands in policies/engine/rule.ts.
import { atMost } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:ram/role:Role";

/** Jobs that restore a whole database, whose size sets their length. */
const LONG = /(^|-)(verify|drill|dump)$/;

export default defineRule({
  id: "role-session-short",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-CONFIG", "CONF-PLEDGE"],
  title: "A session of a role lasts at most as long as its longest job",
  why: "A stolen session is useful for as long as it lives.",
  remedy: "Set maxSessionDuration to 3600; for the jobs that restore a database, at most 14400.",
  check: (subject) =>
    atMost(subject, "maxSessionDuration", LONG.test(subject.name) ? 14_400 : 3_600, "seconds"),
  examples: {
    good: { subjects: [{ type: TYPE, name: "apply", properties: { maxSessionDuration: 3600 } }] },
    bad: { subjects: [{ type: TYPE, name: "apply", properties: { maxSessionDuration: 43200 } }] },
  },
});
