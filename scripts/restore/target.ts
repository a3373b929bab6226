// Turns what a user typed after `--to` into something recovery can go to, and picks the backup to start from.
import { type BackupSet, backupFor } from "../backup/backup-set";
import type { CheckpointReference } from "../backup/checkpoint";
import type { Lineage } from "../backup/timelines";
import { OpsError } from "../core/errors";
import { parseInstant, showInstant } from "../core/instant";
import { lsnValue, type RecoveryTarget } from "../postgres/recovery-target";

/** A target and everything that must be known to reach it and to judge the result. */
export interface Goal {
  target: RecoveryTarget;
  /** How it is shown. */
  text: string;
  /** The newest checkpoint at or before the target that `set` can reach; content is compared there. */
  checkpoint: CheckpointReference | undefined;
  set: BackupSet;
  /** The newest backup before the target; another than `set` only where a detour over the checkpoint costs more WAL. */
  newest: BackupSet;
  /** True when no zone was given and Asia/Shanghai was assumed. */
  assumedZone: boolean;
  /** The timeline to follow, where that was settled with the target. */
  follow?: Lineage;
}

/**
 * @param text checkpoint name, `latest`, or an instant
 * @throws OpsError unknownTarget, instant (before the first backup: names the first possible instant)
 */
export function resolveGoal(
  text: string,
  sets: readonly BackupSet[],
  checkpoints: readonly CheckpointReference[],
  now: Date,
): Goal {
  const first = sets[0];
  if (!first) {
    throw new OpsError("instant", "the repository holds no complete backup", {
      expected: "at least one",
      todo: "take one with `ops backup`",
    });
  }
  const named = checkpoints.find((checkpoint) => checkpoint.name === text);
  if (named) return goalFor(pointOf(named), text, sets, checkpoints, false);
  if (text === "latest") return goalFor({ kind: "latest" }, text, sets, checkpoints, false);
  if (!/\d{4}-|\d{4}\/|:/.test(text)) throw unknownTarget(text, checkpoints);
  const { at, assumedZone } = parseInstant(text, now);
  return goalFor({ kind: "time", at }, showInstant(at), sets, checkpoints, assumedZone);
}

/** The recovery target of a checkpoint: its restore point, or its time where restore points were not allowed. */
export function pointOf(checkpoint: CheckpointReference): RecoveryTarget {
  const at = new Date(checkpoint.at);
  return checkpoint.target === "time"
    ? { kind: "time", at }
    : { kind: "restore-point", name: checkpoint.name, lsn: checkpoint.lsn, at };
}

function goalFor(
  target: RecoveryTarget,
  text: string,
  sets: readonly BackupSet[],
  checkpoints: readonly CheckpointReference[],
  assumedZone: boolean,
): Goal {
  const newest = backupFor(sets, target);
  if (!newest) throw beforeFirst(text, sets);
  const limit = target.kind === "latest" ? Number.POSITIVE_INFINITY : target.at.getTime();
  const checkpoint = checkpoints
    .filter((c) => sameCluster(c, newest))
    // A checkpoint older than every backup belongs to a cluster that was here before this one.
    .filter((c) => sets.some((set) => set.finished.getTime() <= new Date(c.at).getTime()))
    .filter((c) => new Date(c.at).getTime() <= limit && backupFor(sets, pointOf(c)) !== undefined)
    .sort((a, b) => (lsnValue(a.lsn) < lsnValue(b.lsn) ? -1 : 1))
    .at(-1);
  // Starting from the backup before the checkpoint lets content be compared on the way to the target.
  const set = checkpoint ? backupFor(sets, pointOf(checkpoint))! : newest;
  return { target, text, checkpoint, set, newest, assumedZone };
}

/** A cluster made anew counts its LSNs from the beginning: checkpoints of the one before must not be taken for its own. */
export function sameCluster(checkpoint: CheckpointReference, set: BackupSet): boolean {
  const [one, other] = [checkpoint.systemIdentifier, set.systemIdentifier];
  return one === undefined || other === undefined || one === other;
}

function beforeFirst(text: string, sets: readonly BackupSet[]): OpsError {
  const first = new Date(Math.min(...sets.map((set) => set.finished.getTime())) + 1000);
  return new OpsError("instant", `${text} is before the end of the first backup`, {
    expected: `an instant at or after ${showInstant(first)}`,
    todo: "choose a later instant; nothing earlier can be restored from this repository",
  });
}

function unknownTarget(text: string, checkpoints: readonly CheckpointReference[]): OpsError {
  const last = checkpoints.slice(-3).map((checkpoint) => checkpoint.name);
  return new OpsError("unknownTarget", `no checkpoint is called ${text}`, {
    expected:
      last.length > 0
        ? `a checkpoint (the last ones: ${last.join(", ")}), an instant, or \`latest\``
        : "an instant or `latest`; there is no checkpoint yet",
    todo: "list checkpoints with `ops evidence list --job backup`",
  });
}
