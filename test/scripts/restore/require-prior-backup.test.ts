// The nightly verification refuses what proves nothing: no backup, or a repository made in the same run.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BackupSet } from "../../../scripts/backup/backup-set";
import { type PriorBackupTools, requirePriorBackup } from "../../../scripts/restore/require-prior-backup";

const set = (label: string, finished: string): BackupSet =>
  ({ label, started: new Date(finished), finished: new Date(finished) }) as BackupSet;

const context = (...sets: BackupSet[]): PriorBackupTools => ({
  backupRepository: { list: async () => sets },
  clock: { now: () => new Date("2026-11-25T21:30:00Z") },
  platform: { name: "prod" },
});

const BEGAN = "2026-11-25T21:17:00Z";

describe("a repository that must have been there before", () => {
  it("is accepted when a backup is older than the run", async () => {
    await requirePriorBackup(
      context(set("new", "2026-11-25T21:20:00Z"), set("old", "2026-11-25T18:20:00Z")),
      BEGAN,
    );
  });

  it.each([
    [
      "was made in the same run",
      [set("20261125-212000F", "2026-11-25T21:20:00Z")],
      "is younger than this run",
    ],
    ["holds no backup", [], "holds no backup"],
  ])("is refused when it %s", async (_, sets, message) => {
    await expect(requirePriorBackup(context(...sets), BEGAN)).rejects.toMatchObject({
      exit: "fail",
      message: expect.stringContaining(message),
    });
  });

  it("is not guessed about without an instant", async () => {
    await expect(requirePriorBackup(context(), "yesterday")).rejects.toMatchObject({ exit: "instant" });
  });

  it.each<[string, string, string, string, boolean]>([
    // Inputs of cases/hostile/90-same-second.cjs first.
    ["was made in the second of its beginning", "56:38", "56:38", "56:38Z", false],
    ["was made in the second before", "56:38", "56:38", "56:39Z", true],
    ["was made in the second after", "56:39", "56:39", "56:38Z", false],
    ["was made in that second, which is said to the millisecond", "56:38", "56:38", "56:38.999Z", false],
    ["was begun before and ended in that second", "56:35", "56:38", "56:38Z", true],
    ["was begun before and ended after it", "56:35", "56:39", "56:38Z", false],
  ])("that %s: not taken for granted", async (_, started, finished, began, accepted) => {
    const at = (text: string): Date => new Date(`2026-11-25T20:${text}Z`);
    const one = { label: "F", started: at(started), finished: at(finished) } as BackupSet;
    const asked = requirePriorBackup(context(one), `2026-11-25T20:${began}`);
    if (accepted) await asked;
    else await expect(asked).rejects.toMatchObject({ exit: "fail" });
  });

  it("is accepted whenever its backup certainly ended or was begun before the run began, and only then", async () => {
    const instant = fc.date({
      min: new Date("2026-11-25T20:00:00Z"),
      max: new Date("2026-11-25T21:29:00Z"),
      noInvalidDate: true,
    });
    const took = fc.integer({ min: 0, max: 5_000 });
    const near = fc.integer({ min: -7_000, max: 7_000 });
    await fc.assert(
      fc.asyncProperty(instant, took, near, fc.boolean(), async (ended, milliseconds, distance, exact) => {
        const began = new Date(ended.getTime() + distance);
        const begun = new Date(ended.getTime() - milliseconds);
        const second = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;
        const one = { label: "F", started: new Date(second(begun)), finished: new Date(second(ended)) };
        const accepted = await requirePriorBackup(
          context(one as BackupSet),
          exact ? began.toISOString() : second(began),
        ).then(
          () => true,
          () => false,
        );
        // What the run itself made was begun after it.
        if (begun >= began) expect(accepted).toBe(false);
        if (ended.getTime() + 1000 <= began.getTime()) expect(accepted).toBe(true);
      }),
    );
  });
});
