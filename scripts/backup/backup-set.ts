// A backup as the repository describes it, and which one a restore to a given point must start from.
import { lsnValue, type RecoveryTarget } from "../postgres/recovery-target";

export interface BackupSet {
  /** pgBackRest label, e.g. `20261123-023004F_20261123-033001I`. */
  label: string;
  type: "full" | "diff" | "incr";
  started: Date;
  /** A restore cannot reach any point before this instant. Whole seconds: pgBackRest records no finer. */
  finished: Date;
  startLsn: string;
  stopLsn: string;
  /** First WAL segment needed to make the backup consistent. */
  startSegment: string;
  stopSegment: string;
  /** WAL archive that belongs to it, e.g. `15-1`. */
  archiveId: string;
  /** True when pgBackRest recorded page checksum errors in it. */
  error: boolean;
  /** Size of the restored data directory in bytes. */
  databaseBytes: number;
  /** Bytes this backup set occupies in the repository, prior backups included. */
  repositoryBytes: number;
  references: readonly string[];
  /** Identifier of the cluster it was taken from, decimal; undefined where the repository does not say. */
  systemIdentifier?: string | undefined;
}

/**
 * The newest backup from which the target can be reached, or undefined. `list` in any order.
 * A backup that finished in the same second as the target is refused: its stop is rounded down to the second.
 */
export function backupFor(list: readonly BackupSet[], target: RecoveryTarget): BackupSet | undefined {
  const usable = list.filter((set) => {
    if (target.kind === "latest") return true;
    if (target.kind === "restore-point") return lsnValue(set.stopLsn) <= lsnValue(target.lsn);
    return set.finished.getTime() + 1000 <= target.at.getTime();
  });
  return usable.sort((a, b) => a.finished.getTime() - b.finished.getTime()).at(-1);
}

/** PostgreSQL's major version of the cluster that it was taken from; undefined where the archive does not say. */
export function majorOf({ archiveId }: Pick<BackupSet, "archiveId">): number | undefined {
  const major = /^(\d+)-/.exec(archiveId)?.[1];
  return major === undefined ? undefined : Number(major);
}
