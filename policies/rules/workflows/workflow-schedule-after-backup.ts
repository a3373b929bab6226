// One rule; what a rule is stands in policies/engine/rule.ts.

import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { clock, localTimes } from "../../engine/workflow/cron";
import { cronsOf, stepsOf } from "../../engine/workflow/questions";

/** Minutes after midnight: the last backup window ends at 05:00, learners come from 07:00. */
const FIRST = 5 * 60;
const LAST = 6 * 60 + 30;
const NIGHTLY = /\bops (verify|drill)\b/;

export default defineRule({
  id: "workflow-schedule-after-backup",
  severity: "high",
  applies: [{ surface: "workflow", types: ["workflow"] }],
  clauses: ["DR-BACKUP", "DR-RESTORE"],
  title:
    "What verifies or drills at night starts after the backup window, still before the day in Asia/Shanghai",
  why: "Before the window it verifies the backup of the day before; during the day it competes with learners. Crons are in UTC.",
  remedy:
    "Set the cron to 21:05 to 22:30 UTC (05:05 to 06:30 Asia/Shanghai), not on the hour, where GitHub's queue is longest.",
  when: (subject) => stepsOf(subject).some(({ of: { run } }) => typeof run === "string" && NIGHTLY.test(run)),
  check: (subject) =>
    cronsOf(subject).flatMap(({ cron, path }) => {
      const times = localTimes(cron);
      if (!times) return finding(path, `"${cron}" is no cron that can be read; expected five numeric fields`);
      return times
        .filter(({ minutes, every }) => every === "hour" || minutes < FIRST || minutes > LAST)
        .flatMap(({ minutes }) =>
          finding(
            path,
            `"${cron}" is ${clock(minutes)} Asia/Shanghai; expected ${clock(FIRST)} to ${clock(LAST)}`,
          ),
        );
    }),
  examples: {
    good: {
      subjects: `on: { schedule: [{ cron: '17 21 * * *' }] }\njobs: { verify: { steps: [{ run: ./ops verify --env prod }] } }\n`,
    },
    bad: {
      subjects: `on: { schedule: [{ cron: '17 5 * * *' }] }\njobs: { verify: { steps: [{ run: ./ops verify --env prod }] } }\n`,
    },
  },
});
