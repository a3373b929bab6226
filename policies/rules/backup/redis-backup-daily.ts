// One rule; what a rule is stands in policies/engine/rule.ts.
import { earlyMorning } from "../../engine/clock-window";
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isList } from "../../engine/value";

const TYPE = "alicloud:kvstore/instance:Instance";

export default defineRule({
  id: "redis-backup-daily",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-BACKUP"],
  title: "Redis is backed up every day, in the early morning",
  why: "Sessions can be lost, but queues and counters of the platform cannot be recomputed.",
  remedy: "List all seven days in backupPeriods and set backupTime within 16:00Z-22:00Z.",
  check: (subject) => [
    ...expectValue(
      subject,
      "backupPeriods",
      (days) => isList(days) && new Set(days).size === 7,
      "all seven days of the week",
    ),
    ...expectValue(
      subject,
      "backupTime",
      (window) => typeof window === "string" && earlyMorning(window),
      "a window of UTC within 16:00Z-22:00Z (00:00-06:00 Asia/Shanghai)",
    ),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            backupPeriods: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
            backupTime: "18:00Z-19:00Z",
          },
        },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: { backupPeriods: ["Monday"], backupTime: "18:00Z-19:00Z" } },
      ],
    },
  },
});
