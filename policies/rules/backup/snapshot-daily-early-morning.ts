// One rule; what a rule is stands in policies/engine/rule.ts.
import { EARLY_MORNING } from "../../engine/clock-window";
import { expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isList } from "../../engine/value";

const TYPE = "alicloud:ecs/autoSnapshotPolicy:AutoSnapshotPolicy";

export default defineRule({
  id: "snapshot-daily-early-morning",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-BACKUP"],
  title: "Disks are snapshotted every day, in the early morning",
  why: "Self-managed servers keep on disks what no other backup holds.",
  remedy: 'Give repeatWeekdays all of "1" to "7", and timePoints only hours from "0" to "5" (local time).',
  check: (subject) => [
    ...expectValue(
      subject,
      "repeatWeekdays",
      (days) => isList(days) && new Set(days).size === 7,
      'all of "1" to "7"',
    ),
    ...expectValue(
      subject,
      "timePoints",
      (hours) =>
        isList(hours) && hours.length > 0 && hours.every((hour) => Number(hour) < EARLY_MORNING.to / 60),
      'hours from "0" to "5"',
    ),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { repeatWeekdays: ["1", "2", "3", "4", "5", "6", "7"], timePoints: ["4"] },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { repeatWeekdays: ["1", "2", "3", "4", "5", "6", "7"], timePoints: ["12"] },
        },
      ],
    },
  },
});
