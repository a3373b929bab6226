// A drill begun within the second in which its backup ended: every scenario's target must lead to that backup.
import { describe, expect, it } from "vitest";
import type { BackupSet } from "../../../scripts/backup/backup-set";
import type { Context } from "../../../scripts/context";
import { prepare } from "../../../scripts/drill/drill";
import { resolveGoal } from "../../../scripts/restore/target";

const FINISHED = Date.parse("2026-11-26T00:39:13Z"); // as the engine tells it: to the second
const SET = {
  label: "20261126-003909F",
  started: new Date(FINISHED - 4000),
  finished: new Date(FINISHED),
} as BackupSet;
const CHECKPOINT = { name: "ops-1", lsn: "0/5000000", at: "2026-11-26T00:39:13.400Z" };

/** A clock that only sleeping moves; the rest is what a finished backup leaves. */
function context(now: number): Context {
  const predicate = {
    job: "backup",
    environment: "prod",
    platform: "college",
    facts: { checkpoint: CHECKPOINT },
  };
  return {
    backupRepository: { list: async () => [SET] },
    clock: {
      now: () => new Date(now),
      sleep: async (seconds: number) => {
        now += Math.ceil(seconds * 1000);
      },
    },
    environment: "prod",
    ledger: { entries: async () => [{ index: 0, predicate }] },
    platform: { name: "college", schedule: { maxAgeHours: 26 } },
  } as unknown as Context;
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
