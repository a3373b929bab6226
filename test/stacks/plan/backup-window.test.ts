import { describe, expect, it } from "vitest";
import { backupWindow } from "../../../stacks/plan/backup-window";

/** The hour of a day in Asia/Shanghai at which a clock of the cloud starts. */
const fromUtc = (window: string): number => (Number(window.slice(0, 2)) + 8) % 24;
const fromEpoch = (schedule: string): number => (Number(schedule.split("|")[1]) / 3600 + 8) % 24;

describe("the backup window", () => {
  it.each(["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"])(
    "%s is the same hour on all three clocks",
    (hour) => {
      const window = backupWindow(hour);
      const local = Number(hour.slice(0, 2));
      expect(window.utc).toMatch(/^\d\d:00Z-\d\d:00Z$/);
      expect([fromUtc(window.utc), Number(window.snapshotHour), fromEpoch(window.cloudBackup)]).toEqual([
        local,
        local,
        local,
      ]);
      expect(Number(window.utc.slice(7, 9)) - Number(window.utc.slice(0, 2))).toBe(1);
    },
  );

  it("is what the reference gives for 02:00", () => {
    const { utc, cloudBackup, snapshotHour } = backupWindow("02:00");
    expect([utc, cloudBackup, snapshotHour]).toEqual(["18:00Z-19:00Z", "I|1767204000|P1D", "2"]);
  });

  it("is every day", () => {
    const { days, snapshotDays } = backupWindow("02:00");
    expect([days.length, snapshotDays.length]).toEqual([7, 7]);
  });

  it.each(["06:00", "10:00", "23:00", "02:30", "2:00", ""])("refuses %s", (hour) => {
    expect(() => backupWindow(hour)).toThrow("Asia/Shanghai");
  });
});
