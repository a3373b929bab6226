// Gates of time: hours of release, key periods, the backup's window. All times of day and days are Asia/Shanghai.

import { fail, notApplicable, pass } from "../../core/finding";
import { ageText, shanghai, shanghaiDate } from "../../core/instant";
import { announced, dayAfter, isWorkingDay } from "../../core/working-day";
import type { Gate } from "./gate";

const timeOf = (at: Date): string => shanghai(at).slice(11, 16);

/** A window may go past midnight. `to` is not included. */
function within(time: string, from: string, to: string): boolean {
  return from <= to ? time >= from && time < to : time >= from || time < to;
}

export const backupWindow: Gate = {
  name: "backup-window",
  asks: "no backup is due: DDL during one makes it fail",
  decide: ({ now, schedule: { from, to } }) => {
    const time = timeOf(now);
    const window = `${from}-${to} Asia/Shanghai`;
    return within(time, from, to)
      ? fail(`it is ${time}, inside the backup window ${window}; release after ${to}`)
      : pass(`it is ${time}; the backup window is ${window}`);
  },
};

export const keyPeriodFreeze: Gate = {
  name: "key-period-freeze",
  asks: "no key period freezes the platform",
  decide: ({ now, keyPeriods, plan }) => {
    const today = shanghaiDate(now);
    if (plan.environment !== "prod" && plan.environment !== "sandbox")
      return notApplicable(`key periods are production's, not ${plan.environment}'s`);
    const frozen = keyPeriods.flatMap(({ title, freeze }) =>
      typeof freeze !== "string" && freeze.from <= today && today <= freeze.to
        ? [`${title}: nothing is released from ${freeze.from} to ${freeze.to}`]
        : [],
    );
    if (frozen.length > 0) return fail(frozen.join("; "));
    return pass(`${today} is in no change freeze (key periods declared: ${keyPeriods.length})`);
  },
};

export const officeHours: Gate = {
  name: "office-hours",
  asks: "people are there to watch, now and on the day after",
  decide: ({ now, rules, plan: { environment } }) => {
    const hours = rules.hours[environment];
    if (hours === undefined) return fail(`delivery.yaml names no hours for ${environment}`);
    if (hours === "always") return pass(`${environment} may be released to at any time`);
    const [today, time] = [shanghaiDate(now), timeOf(now)];
    const reasons = [
      ...(within(time, hours.from, hours.to) ? [] : [`it is ${time}, outside ${hours.from}-${hours.to}`]),
      ...(hours.notOn.includes("day-off") && !isWorkingDay(today) ? [`${today} is no working day`] : []),
      ...(hours.notOn.includes("eve-of-day-off") && !isWorkingDay(dayAfter(today))
        ? [`the day after ${today} is no working day`]
        : []),
    ];
    if (reasons.length > 0) return fail(reasons.join("; "));
    const known = announced(today) ? "" : "; the holidays of this year are not in the calendar yet";
    return pass(`${today} ${time} is within ${hours.from}-${hours.to} of a working day${known}`);
  },
};

export const verifiedBackup: Gate = {
  name: "verified-backup",
  asks: "a backup was restored and shown equal in the last day",
  make: ({ environment }) => [
    `ops backup --on-demand --env ${environment}`,
    `ops verify --env ${environment}`,
  ],
  decide: ({ now, verified, plan: { environment }, rules: { verifiedBackupHours: limit } }) => {
    const todo = `run \`ops backup --on-demand --env ${environment}\` and \`ops verify --env ${environment}\``;
    if (!verified) return fail(`no verified backup on record; ${todo}`);
    const age = (now.getTime() - verified.at.getTime()) / 1000;
    const what = `entry ${verified.entry} (${verified.job}), data ${ageText(age)} old`;
    return age <= limit * 3600 && age >= 0
      ? pass(`${what}; at most ${limit} h`)
      : fail(`the newest verified backup is ${what}; at most ${limit} h: ${todo}`);
  },
};
