// What a user types as an instant, and how instants are shown. No clock: whoever calls says what "now" is.
// Instants are UTC `Date`s of millisecond resolution; people read and write them in Asia/Shanghai.
import { DateTime, FixedOffsetZone, type Zone } from "luxon";
import { OpsError } from "./errors";

/**
 * Asia/Shanghai: eight hours ahead, without summer time since 1991, long before any instant that is met here. Asking the zone's
 * database would cost each command ten milliseconds.
 */
const SHANGHAI = FixedOffsetZone.instance(8 * 60);

export interface ParsedInstant {
  at: Date;
  /** No zone was typed and Asia/Shanghai was read into it: say so to the user. */
  assumedZone: boolean;
}

const EXPECTED = 'a moment such as 2026-11-23T04:00:00+08:00, 2026-11-22T20:00:00Z or "2026-11-23 04:00"';

const SHAPE =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}(?::\d{2}(?:\.(?<fraction>\d+))?)?) ?(?<zone>Z|UTC|Asia\/Shanghai|[+-]\d{2}(?::?\d{2})?)?)?$/i;

function refuse(found: string, todo: string, expected: string = EXPECTED): OpsError {
  return new OpsError("instant", found, { expected, todo });
}

/** Offsets in use run from -12:00 to +14:00; luxon would take any. */
function zoneOf(text: string): Zone | undefined {
  if (/^(z|utc)$/i.test(text)) return FixedOffsetZone.utcInstance;
  if (/^asia\/shanghai$/i.test(text)) return SHANGHAI;
  const [, sign, hours, minutes = "00"] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? [];
  const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  return Number(minutes) < 60 && offset >= -12 * 60 && offset <= 14 * 60
    ? FixedOffsetZone.instance(offset)
    : undefined;
}

/** Minutes east of Greenwich of a zone as it is typed. @throws OpsError instant */
export function parseZone(text: string): number {
  const zone = zoneOf(text);
  if (zone) return zone.offset(0);
  throw refuse(
    "the zone cannot be read",
    "correct the zone",
    "UTC, Asia/Shanghai or an offset such as +08:00",
  );
}

function parseMoment(text: string): ParsedInstant {
  const { date, time, fraction = "", zone } = SHAPE.exec(text)?.groups ?? {};
  if (date === undefined)
    throw refuse(`"${text}" is not an instant`, "type the date as year-month-day and a time of day");
  if (!DateTime.fromISO(date).isValid) throw refuse(`the calendar has no day ${date}`, "correct the date");
  if (time === undefined) {
    const todo = `say which moment of that day, e.g. "${date} 00:00" or "${date} 23:59:59"`;
    throw refuse(`"${text}" is a whole day, not a moment`, todo);
  }
  if (fraction.length > 3) {
    throw refuse(
      `"${text}" is finer than a millisecond`,
      "round it yourself, to the side you want",
      "at most three decimals",
    );
  }
  // ISO 8601 lets 24:00 stand for the next midnight; typed by hand it is as likely a slip.
  if (time.startsWith("24") || !DateTime.fromISO(`${date}T${time}`, { zone: "utc" }).isValid) {
    throw refuse(`the day has no ${time}`, "correct the time of day", "a time from 00:00 to 23:59:59.999");
  }
  const place = zone === undefined ? SHANGHAI : zoneOf(zone);
  const moment = DateTime.fromISO(`${date}T${time}`, { zone: place ?? "invalid" });
  if (!moment.isValid) {
    throw refuse(
      `there is no zone ${zone}`,
      "correct the zone",
      "Z, Asia/Shanghai or an offset such as +08:00",
    );
  }
  return { at: moment.toJSDate(), assumedZone: zone === undefined };
}

/**
 * Reads what stands after `--to`. Without a zone it is Asia/Shanghai, and the result says that this was assumed.
 * The form that `showInstant` prints is read too; its two halves must then agree.
 * @throws OpsError instant - nonsense, a whole day, finer than a millisecond, or later than `now`
 */
export function parseInstant(text: string, now: Date): ParsedInstant {
  const [, first = "", second] = /^(.*?)(?:\s*\(([^)]*)\))?$/.exec(text.trim()) ?? [];
  const parsed = parseMoment(first.trim());
  if (second !== undefined && parseMoment(second.trim()).at.getTime() !== parsed.at.getTime()) {
    throw refuse(`"${text}" names two different instants`, "type one of them");
  }
  if (parsed.at.getTime() > now.getTime()) {
    throw refuse(
      `${showInstant(parsed.at)} lies in the future${parsed.assumedZone ? " (read as Asia/Shanghai)" : ""}`,
      "choose an instant that has passed, or `latest`",
      `an instant not after ${showInstant(now)}`,
    );
  }
  return parsed;
}

/** `2026-11-23 04:00:00.123 Asia/Shanghai (2026-11-22T20:00:00.123Z)` */
export function showInstant(at: Date): string {
  const local = DateTime.fromJSDate(at, { zone: SHANGHAI }).toFormat("yyyy-MM-dd HH:mm:ss.SSS");
  return `${local} Asia/Shanghai (${at.toISOString()})`;
}

/** `2026-11-23 04:00:00`, Asia/Shanghai; for tables whose heading names the zone. */
export function shanghai(at: Date): string {
  return DateTime.fromJSDate(at, { zone: SHANGHAI }).toFormat("yyyy-MM-dd HH:mm:ss");
}

/** `2026-11-23`, the day in Asia/Shanghai. */
export function shanghaiDate(at: Date): string {
  return DateTime.fromJSDate(at, { zone: SHANGHAI }).toFormat("yyyy-MM-dd");
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** `3 h 12 min`: the two largest units, rounded down; below one second `0 s`. */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const largest = UNITS.findIndex(([, size]) => whole >= size);
  if (largest < 0) return "0 s";
  return UNITS.slice(largest, largest + 2)
    .map(([unit, size], index) => {
      const within = index === 0 ? whole : whole % UNITS[largest]![1];
      return { unit, count: Math.floor(within / size) };
    })
    .filter(({ count }) => count > 0)
    .map(({ unit, count }) => `${count} ${unit}`)
    .join(" ");
}
