// One rule; what a rule is stands in policies/engine/rule.ts.
import { EARLY_MORNING } from "../../engine/clock-window";
import { each, expectValue } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";

const TYPE = "alicloud:hbr/policy:Policy";

const DAY = 86_400;
const OFFSET = 8 * 3600;

/** Source of the format: "CreatePolicyV2" of Cloud Backup: `I|{startTime}|{interval}`, start as UNIX seconds. */
function nightly(schedule: string): boolean {
  const match = /^I\|(\d+)\|P1D$/.exec(schedule);
  if (!match) return false;
  const minute = ((Number(match[1]) + OFFSET) % DAY) / 60;
  return minute >= EARLY_MORNING.from && minute < EARLY_MORNING.to;
}

export default defineRule({
  id: "cloud-backup-daily-early-morning",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["DR-BACKUP"],
  title: "Cloud Backup copies every day, in the early morning",
  why: "Files of courses and uploads must be of the same night as the database.",
  remedy:
    "Give each BACKUP rule a schedule I|<epoch>|P1D whose time of day lies within 00:00-06:00 in Asia/Shanghai.",
  check: (subject) =>
    each(subject, "rules", (rule, path) => {
      if (!isRecord(rule) || rule.ruleType !== "BACKUP") return [];
      return expectValue(
        subject,
        [...path, "schedule"],
        (schedule) => typeof schedule === "string" && nightly(schedule),
        "I|<epoch seconds>|P1D at 00:00-06:00 Asia/Shanghai",
      );
    }),
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { rules: [{ ruleType: "BACKUP", schedule: "I|1767204000|P1D" }] },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { rules: [{ ruleType: "BACKUP", schedule: "I|1767237600|P1D" }] },
        },
      ],
    },
  },
});
