// A nightly verification proves last night's backup: a repository that the same pipeline made a minute ago proves nothing.

import type { BackupSet } from "../backup/backup-set";
import type { BackupRepository } from "../backup/port";
import { OpsError } from "../core/errors";
import { parseInstant, showInstant } from "../core/instant";
import type { Core, Operated } from "../core/tools";

export interface PriorBackupTools {
  backupRepository: Pick<BackupRepository, "list">;
  clock: Pick<Core["clock"], "now">;
  platform: Pick<Operated["platform"], "name">;
}

/** What the engine records, milliseconds: instants are rounded down to it. */
const SECOND = 1_000;

/** In the second in which the run began, only a backup that was begun earlier is certain not to be the run's own. */
function isPrior({ started, finished }: BackupSet, second: number): boolean {
  return finished.getTime() < second || (finished.getTime() === second && started.getTime() < second);
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
  const second = Math.floor(began.getTime() / SECOND) * SECOND;
  const [oldest] = (await backupRepository.list()).toSorted(
    (a, b) => a.started.getTime() - b.started.getTime(),
  );
  if (oldest && isPrior(oldest, second)) return;
  const name = oldest && `the oldest backup of ${platform.name}, ${oldest.label},`;
  const run = `this run, which started at ${showInstant(began)}`;
  const doubt =
    oldest?.finished.getTime() === second
      ? `was made in the same second as ${run}`
      : `is younger than ${run}`;
  throw new OpsError(
    "fail",
    name ? `${name} ${doubt}` : `the repository of ${platform.name} holds no backup`,
    {
      expected: "a repository that existed before this run",
      todo: "point the platform file at the platform's own repository; a sandbox created in the run proves nothing about it",
    },
  );
}
