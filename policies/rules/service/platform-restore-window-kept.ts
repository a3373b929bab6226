// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

/** Ours: stacks/environments.ts promises the same for what is in the cloud. */
const DAYS = 30;

export default defineRule({
  id: "platform-restore-window-kept",
  severity: "high",
  applies: [{ surface: "service", types: ["platform"] }],
  clauses: ["DR-RESTORE"],
  title: "Every platform promises at least the last 30 days",
  why: "Damage that is found at the end of a month needs a state from before its beginning.",
  remedy: "Set restoreWindow.days to 30 or more, and keep backups and WAL that long.",
  check: (subject) => atLeast(subject, "restoreWindow.days", DAYS, "days"),
  examples: {
    good: { subjects: "name: learning\nrestoreWindow: { days: 35 }\n" },
    bad: { subjects: "name: learning\nrestoreWindow: { days: 7 }\n" },
  },
});
