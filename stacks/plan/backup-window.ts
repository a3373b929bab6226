// One early-morning hour in the three clocks of Alibaba Cloud: RDS and Redis count in UTC, snapshot policies in UTC+8, Cloud
// Backup from the Unix epoch. Shanghai has had no daylight saving since 1991.

/** Clause DR-BACKUP: 凌晨, midnight to six. */
export const EARLY_MORNING = { from: 0, to: 6 };

const ZONE_HOURS = 8;
/** 2026-01-01 00:00 Asia/Shanghai. Fixed, so that the schedule never shows a difference of its own. */
const ANCHOR = Date.UTC(2025, 11, 31, 16) / 1000;

export interface BackupWindow {
  /** `18:00Z-19:00Z`: what rds.BackupPolicy and kvstore.Instance take; the last hour of a day is `23:00Z-24:00Z`. */
  utc: string;
  /** All seven days: an evening hour in UTC belongs to the day before, and a daily backup leaves no ambiguity. */
  days: readonly string[];
  /** `"2"`: what ecs.AutoSnapshotPolicy takes, hours in UTC+8. */
  snapshotHour: string;
  /** `"1"` Monday to `"7"`. */
  snapshotDays: readonly string[];
  /** `I|1767204000|P1D`: what hbr.Policy takes, a first instant and an ISO interval. */
  cloudBackup: string;
}

/**
 * @param hour beginning of the hour, Asia/Shanghai, `HH:00`
 * @throws Error when it is no whole hour of the early morning
 */
export function backupWindow(hour: string): BackupWindow {
  const match = /^(\d{2}):00$/.exec(hour);
  const local = match ? Number(match[1]) : Number.NaN;
  if (!(local >= EARLY_MORNING.from && local < EARLY_MORNING.to)) {
    throw new Error(`"${hour}" is no whole hour from 00:00 to 05:00 Asia/Shanghai (clause DR-BACKUP)`);
  }
  const utc = (local - ZONE_HOURS + 24) % 24;
  const two = (value: number): string => String(value).padStart(2, "0");
  return {
    utc: `${two(utc)}:00Z-${two(utc + 1)}:00Z`,
    days: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    snapshotHour: String(local),
    snapshotDays: ["1", "2", "3", "4", "5", "6", "7"],
    cloudBackup: `I|${ANCHOR + local * 3600}|P1D`,
  };
}
