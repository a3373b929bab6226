// What a cron of GitHub Actions (five fields, UTC) means in Asia/Shanghai.
import { createRequire } from "node:module";
import type { CronFieldCollection } from "cron-parser";

export interface LocalTime {
  /** Minutes after local midnight. */
  minutes: number;
  /** How often it comes. */
  every: "hour" | "day" | "week" | "month" | "quarter" | "year";
}

const load = createRequire(__filename);
/** Names of days and months, seconds and what only some crons know (`L`, `#`, `?`) are not read on purpose. */
const PLAIN = /^[\d*,/-]+(\s+[\d*,/-]+){4}$/;
const OFFSET = 8 * 60;

/** Local times of day at which it fires, in order, with how often. Undefined when it is no cron that we can read. */
export function localTimes(cron: string): LocalTime[] | undefined {
  const fields = fieldsOf(cron.trim());
  if (!fields) return undefined;
  const [minutes, hours] = [fields.minute.values, fields.hour.values];
  const every = hours.length === 24 ? "hour" : frequency(fields);
  return hours
    .flatMap((h) => minutes.map((m) => ({ minutes: (h * 60 + m + OFFSET) % (24 * 60), every }) as const))
    .sort((a, b) => a.minutes - b.minutes);
}

/** Loaded here only: most checks meet no cron that changed. */
function fieldsOf(cron: string): CronFieldCollection | undefined {
  const { CronExpressionParser } = load("cron-parser") as typeof import("cron-parser");
  try {
    return PLAIN.test(cron) ? CronExpressionParser.parse(cron).fields : undefined;
  } catch {
    return undefined;
  }
}

function frequency({ dayOfMonth, month, dayOfWeek }: CronFieldCollection): LocalTime["every"] {
  const months = month.values.length;
  if (!dayOfMonth.isWildcard) return months === 12 ? "month" : months === 4 ? "quarter" : "year";
  return dayOfWeek.values.length >= 7 ? "day" : "week";
}

/** `05:17`. */
export const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
