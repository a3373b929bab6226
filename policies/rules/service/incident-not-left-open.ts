// One rule; what a rule is stands in policies/engine/rule.ts.

import { DAY } from "../../engine/durations";
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

export default defineRule({
  id: "incident-not-left-open",
  severity: "high",
  applies: [{ surface: "service", types: ["incident"] }],
  clauses: ["SLA-P1", "SLA-P2", "SLA-P3", "SLA-P4"],
  title: "No incident is still open a day after it was opened",
  why: "The longest time that the contract allows for a fix is four hours; an older one is a breach or was forgotten.",
  remedy: "Fix it and write `closed`, or tell the college why it lasts and what was agreed.",
  check(subject, world) {
    const { closed, opened } = subject.properties;
    if (closed !== "open") return [];
    const age = (world.today.getTime() - Date.parse(String(opened))) / DAY;
    return age > 1 ? finding("closed", `open for ${Math.floor(age)} days; expected closed within hours`) : [];
  },
  examples: {
    good: {
      subjects: "id: inc-2026-001\nopened: 2026-11-20T09:12:00+08:00\nclosed: 2026-11-20T10:05:00+08:00\n",
    },
    bad: { subjects: "id: inc-2026-001\nopened: 2026-11-20T09:12:00+08:00\nclosed: open\n" },
  },
});
