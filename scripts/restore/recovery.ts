// Where recovery goes and where it stands: the path to a goal, the server's own word of its state, what the copy then holds.

import type { Checkpoint } from "../backup/checkpoint";
import { contiguity } from "../backup/wal";
import { OpsError } from "../core/errors";
import { listDatabases } from "../postgres/databases";
import type { RestoredServer } from "../postgres/port";
import { askNow, readGlobals, readRoles } from "../postgres/read-shared";
import { readState } from "../postgres/read-state";
import type { LsnTarget, TransactionTarget } from "../postgres/recovery-target";
import { SHARED_BY } from "../postgres/shared-objects";
import type { Goal } from "./target";
import type { AtRepository, CopyContent, RecoveryPosition } from "./test-state";
import { unreadable } from "./unreadable";

/** Where WAL is missing between the checkpoint's backup and a newer one, only the newer one leads to the target. */
export function withoutDetour(
  goal: Goal,
  segments: AtRepository["segments"],
  switches: AtRepository["switches"],
): Goal {
  const { set, newest } = goal;
  if (set === newest || set.archiveId !== newest.archiveId) return goal;
  let missing: number;
  try {
    missing = contiguity(segments, set.startSegment, newest.startSegment, switches).missing.length;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return goal;
  }
  return missing === 0 ? goal : { ...goal, set: newest, checkpoint: undefined };
}

/** The timeline that leads to a target: a checkpoint's own, otherwise the one that the source went along. */
export function timelineTo(
  target: Goal["target"] | TransactionTarget | LsnTarget,
  { checkpoint, follow }: Pick<AtRepository, "checkpoint" | "follow">,
): number {
  return target.kind === "restore-point" && checkpoint ? checkpoint.timeline : follow.timeline;
}

export function samePoint(goal: Goal, checkpoint: Checkpoint): boolean {
  if (goal.target.kind === "restore-point") return goal.target.name === checkpoint.name;
  return (
    goal.target.kind === "time" &&
    checkpoint.target === "time" &&
    goal.target.at.getTime() === Date.parse(checkpoint.at)
  );
}

/** A copy that had to end recovery at the checkpoint cannot go on from there. */
export function endedAtCheckpoint({ goal, checkpoint }: AtRepository): OpsError {
  return new OpsError(
    "inconclusive",
    `the copy could not pause at ${checkpoint?.name}, only end there: a transaction with more than 64 subtransactions was open, and hot standby was not possible`,
    {
      expected: `a pause on the way to ${goal.text}`,
      todo: "restore to the checkpoint itself, or take a backup and a checkpoint while no such transaction is open",
    },
  );
}

export async function recoveryState(
  server: RestoredServer,
): Promise<{ state: string; reached: Pick<RecoveryPosition, "lsn" | "lastCommit"> }> {
  const { database } = server;
  const [row] = await database.query<{ state: string; lsn: string; last: string | null }>(
    database.maintenance,
    `select case when not pg_is_in_recovery() then 'promoted'
                 else pg_get_wal_replay_pause_state() end as state,
            coalesce(pg_last_wal_replay_lsn(), pg_current_wal_lsn())::text as lsn,
            to_char(pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last`,
  );
  return { state: row!.state, reached: { lsn: row!.lsn, lastCommit: row!.last } };
}

/**
 * Damage that PostgreSQL itself reports is a finding, and so is what is missing on this machine; the run goes on, so that the other
 * checks can look as well.
 */
export async function readCopy(
  { database }: RestoredServer,
  checkpoint: Checkpoint,
  onBlocks: (done: number, total: number) => void,
): Promise<CopyContent> {
  try {
    const now = askNow(database);
    const { content, templates, leftOut } = await listDatabases(now);
    const databases = await readState(database, content, { like: checkpoint.databases, onBlocks });
    const { roles } = await readRoles(now, checkpoint.passwords);
    const globals = await readGlobals(now);
    return { databases, roles, globals, sharedBy: SHARED_BY, templates, leftOut };
  } catch (error) {
    const finding = unreadable(error);
    if (!finding) throw error;
    return { unreadable: finding };
  }
}
