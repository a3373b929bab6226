// What a cron of GitHub Actions (five fields, UTC) means in Asia/Shanghai. Pure.

export interface LocalTime {
  /** Minutes after local midnight. */
  minutes: number;
  /** How often it comes. */
  every: "hour" | "day" | "week" | "month" | "quarter" | "year";
}

const FIELD = /^(\*|\d{1,2}([,-]\d{1,2})*)(\/\d{1,2})?$/;
const OFFSET = 8 * 60;

/**
 * Local times of day at which it fires, in order, with how often. Undefined when it is no cron that we can read: names of days and
 * months and seconds are not read on purpose.
 */
export function localTimes(cron: string): LocalTime[] | undefined {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5 || !fields.every((field) => FIELD.test(field))) return undefined;
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const minutes = valuesOf(minute, 0, 59);
  const hours = valuesOf(hour, 0, 23);
  if (!minutes || !hours || !valuesOf(day, 1, 31) || !valuesOf(month, 1, 12) || !valuesOf(weekday, 0, 7))
    return undefined;
  const every = hours.length === 24 ? "hour" : frequency(day, month, weekday);
  return hours
    .flatMap((h) => minutes.map((m) => ({ minutes: (h * 60 + m + OFFSET) % (24 * 60), every }) as const))
    .sort((a, b) => a.minutes - b.minutes);
}

function frequency(day: string, month: string, weekday: string): LocalTime["every"] {
  const months = valuesOf(month, 1, 12)?.length ?? 12;
  if (day !== "*") return months === 12 ? "month" : months === 4 ? "quarter" : "year";
  const days = valuesOf(weekday, 0, 7)?.length ?? 8;
  return weekday === "*" || days >= 7 ? "day" : "week";
}

function valuesOf(field: string, least: number, most: number): number[] | undefined {
  const [range = "", step] = field.split("/");
  const all = Array.from({ length: most - least + 1 }, (_, index) => least + index);
  const chosen =
    range === "*"
      ? all
      : range.split(",").flatMap((part) => {
          const [from = 0, to = from] = part.split("-").map(Number);
          return all.filter((value) => value >= from && value <= to);
        });
  if (chosen.length === 0) return undefined;
  const first = chosen[0] ?? least;
  return step === undefined ? chosen : chosen.filter((value) => (value - first) % Number(step) === 0);
}

/** `05:17`. */
export const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
