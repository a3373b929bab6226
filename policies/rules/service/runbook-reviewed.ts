// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { daysUntil } from "../../engine/service/questions";

/** Days; a date further away than this is not meant as one. */
const LONGEST = 400;

export default defineRule({
  id: "runbook-reviewed",
  severity: "medium",
  applies: [{ surface: "service", types: ["runbook"] }],
  clauses: ["SVC-HANDOVER"],
  title: "The review date of every runbook lies ahead, within 13 months",
  why: "Commands and names change; a runbook that nobody has read for a year misleads when it matters.",
  remedy: "Read the runbook, try its commands, correct it, and write a new `Review by:` under its title.",
  check(subject, world) {
    const reviewBy = subject.properties["review-due"];
    const days = daysUntil(world, reviewBy);
    if (days === undefined)
      return finding("review-due", "the runbook names no day by which it must be read again");
    if (days < 0)
      return finding("review-due", `the review was due on ${String(reviewBy)}, ${-days} days ago`);
    return days > LONGEST
      ? finding("review-due", `the next review is ${days} days away; expected at most ${LONGEST}`)
      : [];
  },
  examples: {
    good: { subjects: "name: SiteSlow\nreview-due: 2027-05-31\n" },
    bad: { subjects: "name: SiteSlow\nreview-due: 2026-05-31\n" },
  },
});
