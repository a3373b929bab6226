// A nightly verification proves last night's backup: a repository that the same pipeline made a minute ago proves nothing.

import type { BackupRepository } from "../backup/port";
import { OpsError } from "../core/errors";
import { parseInstant, showInstant } from "../core/instant";
import type { Core, Operated } from "../core/tools";

export interface PriorBackupTools {
  backupRepository: Pick<BackupRepository, "list">;
  clock: Pick<Core["clock"], "now">;
  platform: Pick<Operated["platform"], "name">;
}

/**
 * @param since when the pipeline began
 * @throws OpsError instant for a text that is none; fail when no backup of the repository is older than it
 */
export async function requirePriorBackup(
  { backupRepository, clock, platform }: PriorBackupTools,
  since: string,
): Promise<void> {
  const began = parseInstant(since, clock.now()).at;
  const [oldest] = (await backupRepository.list()).toSorted(
    (a, b) => a.started.getTime() - b.started.getTime(),
  );
  // Both are whole seconds, rounded down: one that ended in the second in which the run began was there before it.
  if (oldest && oldest.finished <= began) return;
  throw new OpsError(
    "fail",
    oldest
      ? `the oldest backup of ${platform.name}, ${oldest.label}, is younger than this run, which started at ${showInstant(began)}`
      : `the repository of ${platform.name} holds no backup`,
    {
      expected: "a repository that existed before this run",
      todo: "point the platform file at the platform's own repository; a sandbox created in the run proves nothing about it",
    },
  );
}
