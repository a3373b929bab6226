// A drill begun within the second in which its backup ended: every scenario's target must lead to that backup.
import { describe, expect, it } from "vitest";
import type { Platform } from "../../../policies/service/service";
import type { BackupSet } from "../../../scripts/backup/backup-set";
import type { CheckpointReference } from "../../../scripts/backup/checkpoint";
import type { BackupRepository } from "../../../scripts/backup/port";
import type { Clock } from "../../../scripts/core/clock";
import type { Predicate } from "../../../scripts/core/evidence";
import { type DrillTools, prepare } from "../../../scripts/drill/drill";
import type { Ledger } from "../../../scripts/evidence/port";
import { resolveGoal } from "../../../scripts/restore/target";
import { given } from "../../given";

const FINISHED = Date.parse("2026-11-26T00:39:13Z"); // as the engine tells it: to the second
const SET = {
  label: "20261126-003909F",
  started: new Date(FINISHED - 4000),
  finished: new Date(FINISHED),
} as BackupSet;
const CHECKPOINT: CheckpointReference = {
  name: "ops-1",
  at: "2026-11-26T00:39:13.400Z",
  target: "restore-point",
  lsn: "0/5000000",
  timeline: 1,
  artifact: "0".repeat(64),
};

/** A clock that only sleeping moves; the rest is what a finished backup leaves. */
function context(now: number): DrillTools {
  const predicate = given<Predicate>({
    job: "backup",
    environment: "prod",
    platform: "college",
    facts: { checkpoint: CHECKPOINT },
  });
  return given<DrillTools>({
    backupRepository: given<BackupRepository>({ list: async () => [SET] }),
    clock: given<Clock>({
      now: () => new Date(now),
      sleep: async (seconds: number) => {
        now += Math.ceil(seconds * 1000);
      },
    }),
    environment: "prod",
    ledger: given<Ledger>({ entries: async () => [{ index: 0, digest: "", file: "", predicate }] }),
    platform: given<Platform>({
      name: "college",
      schedule: given<Platform["schedule"]>({ maxAgeHours: 26 }),
    }),
    sandbox: undefined,
    signal: new AbortController().signal,
  });
}

describe("prepare", () => {
  it.each([0, 1, 500, 823, 999])(
    "%i ms into that second, it waits until `now` can be restored",
    async (late) => {
      const here = context(FINISHED + late);
      await prepare(here, undefined);
      const now = here.clock.now();
      expect(resolveGoal(now.toISOString(), [SET], [], now).set).toBe(SET);
      expect(now.getTime() - FINISHED).toBeLessThan(1500);
    },
  );

  it("does not wait for a backup of yesterday", async () => {
    const then = FINISHED + 20 * 3_600_000;
    const here = context(then);
    await prepare(here, undefined);
    expect(here.clock.now().getTime()).toBe(then);
  });
});
