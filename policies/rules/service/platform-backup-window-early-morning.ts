// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { clauseExample } from "../../engine/service/examples";
import { figureOf, noFigure } from "../../engine/service/questions";

const platform = (from: string, to: string) => ({
  type: "platform",
  name: "learning",
  properties: { schedule: { from, to, timeZone: "Asia/Shanghai" } },
});
const clause = clauseExample("DR-BACKUP", { "window-from": 0, "window-to": 6 });
const hour = (value: number): string => `${String(value).padStart(2, "0")}:00`;

export default defineRule({
  id: "platform-backup-window-early-morning",
  severity: "critical",
  applies: [{ surface: "service", types: ["platform"] }],
  clauses: ["DR-BACKUP"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "The backup window of every platform lies in the early morning, Asia/Shanghai",
  why: "The contract promises a backup of every day in the early morning; later it also competes with learners.",
  remedy: "Set schedule.from and schedule.to inside the hours of clause DR-BACKUP.",
  check(subject, world) {
    const bounds = [figureOf(world, "DR-BACKUP", "window-from"), figureOf(world, "DR-BACKUP", "window-to")];
    const [first, last] = bounds;
    if (first === undefined || last === undefined) return noFigure("DR-BACKUP", "window-from, window-to");
    const zone = valueAt(subject, "schedule.timeZone") ?? "Asia/Shanghai";
    const wrong = zone === "Asia/Shanghai" ? [] : finding("schedule.timeZone", `the zone is ${String(zone)}`);
    const outside = ["from", "to"].flatMap((name) => {
      const time = valueAt(subject, ["schedule", name]);
      return typeof time === "string" && time >= hour(first) && time <= hour(last)
        ? []
        : finding(["schedule", name], `${name} is ${String(time)}; expected ${hour(first)} to ${hour(last)}`);
    });
    return [...wrong, ...outside];
  },
  examples: {
    good: { subjects: [platform("02:00", "05:00"), clause] },
    bad: { subjects: [platform("22:00", "23:30"), clause] },
  },
});
