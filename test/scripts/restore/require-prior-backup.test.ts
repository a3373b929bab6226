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

  it("is accepted whenever its backup ended before the run began, also in the same second", async () => {
    const instant = fc.date({ min: new Date("2026-11-25T20:00:00Z"), max: new Date("2026-11-25T21:29:00Z") });
    await fc.assert(
      fc.asyncProperty(instant, instant, fc.boolean(), async (ended, began, exact) => {
        fc.pre(!Number.isNaN(ended.getTime()) && !Number.isNaN(began.getTime()));
        const second = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;
        const accepted = requirePriorBackup(
          context(set("F", second(ended))), // pgBackRest records no finer
          exact ? began.toISOString() : second(began),
        ).then(
          () => true,
          () => false,
        );
        if (ended <= began) expect(await accepted).toBe(true);
        if (ended.getTime() >= began.getTime() + 1000) expect(await accepted).toBe(false);
      }),
    );
  });
});
