// Whether a backup ran when the platform's schedule says that backups run; clause DR-BACKUP counts no other. Pure.
import { MINUTE } from "../engine/durations";
import type { Platform } from "./service";

/** Asia/Shanghai is UTC+8 and has had no daylight saving since 1991; the schema allows no other zone. */
const OFFSET = 8 * 60 * MINUTE;

/** `04:07`, the time of day in Asia/Shanghai. */
const timeOfDay = (at: Date): string => new Date(at.getTime() + OFFSET).toISOString().slice(11, 16);

/**
 * Why a backup counts for nothing towards the daily one, or undefined when it counts.
 * @param schedule the platform's window, both ends included to the minute; undefined = no platform is declared
 */
export function uncounted(
  schedule: Pick<Platform["schedule"], "from" | "to"> | undefined,
  began: Date,
  onDemand: boolean,
): string | undefined {
  if (onDemand) return "it ran on demand";
  if (!schedule) return "no platform declares a window";
  const time = timeOfDay(began);
  return time >= schedule.from && time <= schedule.to
    ? undefined
    : `it began at ${time}, outside the declared window ${schedule.from}–${schedule.to}`;
}
