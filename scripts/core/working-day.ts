// The Chinese working calendar: statutory holidays and make-up days, by day in Asia/Shanghai. Pure; the State Council
// announces each year late in the year before, so a year may be unknown yet.
import { getHolidaysInRange, isWorkday } from "chinese-days";
import { DateTime } from "luxon";

/** False for a year whose holidays the calendar does not have; then only weekends are known. */
export function announced(date: string): boolean {
  const year = date.slice(0, 4);
  return getHolidaysInRange(`${year}-01-01`, `${year}-12-31`, false).length > 0;
}

/** @param date `2026-11-25` */
export function isWorkingDay(date: string): boolean {
  return isWorkday(date);
}

export function dayAfter(date: string): string {
  return DateTime.fromISO(date, { zone: "utc" }).plus({ days: 1 }).toFormat("yyyy-MM-dd");
}
