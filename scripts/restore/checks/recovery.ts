// Checks that ask whether recovery really went where it was sent. PostgreSQL starts happily without having got there.

import { lastSegment, segmentBefore } from "../../backup/wal";
import type { Finding } from "../../core/evidence";
import { fail, notApplicable, pass } from "../../core/finding";
import { microseconds, microsecondsOf } from "../../core/pg-time";
import { newestHeartbeat } from "../../postgres/heartbeat";
import type { RecoveryTarget } from "../../postgres/recovery-target";
import type { AnyRestoreCheck, AtRepository, AtTarget, RecoveryPosition, RestoreCheck } from "../test-state";
import { unreadable } from "../unreadable";
import { timeline } from "./timeline";

/** `recovery stopping at restore point "X", time 2026-… UTC` / `before commit of transaction 7, time 2026-…+00` */
const STOP_TIME = /time (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)/;

const checkpointReached: RestoreCheck<"at-checkpoint"> = {
  name: "checkpoint-reached",
  stage: "at-checkpoint",
  async look({ checkpoint, stop }) {
    if (!checkpoint || !stop) return undefined;
    const { name, lsn, at, target } = checkpoint;
    const point =
      target === "time"
        ? ({ kind: "time", at: new Date(at) } as const)
        : ({ kind: "restore-point", name, lsn, at: new Date(at) } as const);
    return reached(point, stop.position);
  },
};

const targetReached: RestoreCheck<"at-target"> = {
  name: "target-reached",
  stage: "at-target",
  async look(state) {
    const { target } = state.goal;
    return target.kind === "latest" ? replayedAll(state) : reached(target, state.position);
  },
};

/** Without a target PostgreSQL takes the first WAL record it cannot read for the end, and says nothing of what lies behind. */
function replayedAll({ segments, checkpoint, position }: AtTarget): Finding {
  const { lsn, timeline } = position;
  const last = lastSegment(segments, timeline);
  // Where the next record would begin: after a full segment that is the first byte of the one that follows.
  const end = segmentBefore(lsn, timeline, checkpoint?.segmentBytes);
  if (last !== undefined && end < last)
    return fail(`replay ended at ${lsn}, in ${end}; the repository holds WAL up to ${last}`);
  return pass(`replayed everything there is, to ${lsn} on timeline ${timeline}${raises(position)}`);
}

/** What an operator would have to know to repeat it by hand. */
function raises({ raised }: RecoveryPosition): string {
  const settings = Object.entries(raised).map(([name, value]) => `${name} = ${value}`);
  return settings.length === 0
    ? ""
    : `; WAL demanded ${settings.join(", ")}, more than the backup's control file`;
}

function reached(target: Exclude<RecoveryTarget, { kind: "latest" }>, at: RecoveryPosition): Finding {
  const said = at.stop ?? "nothing";
  if (target.kind === "restore-point") {
    const named = said.includes(`restore point "${target.name}"`);
    if (!named) return fail(`the server said: ${said}; expected a stop at restore point "${target.name}"`);
    if (at.lsn !== target.lsn) return fail(`stopped at ${at.lsn}; the checkpoint was taken at ${target.lsn}`);
    return pass(
      `stopped at restore point "${target.name}", ${at.lsn}, exactly where it was written${raises(at)}`,
    );
  }
  const next = STOP_TIME.exec(said)?.[1];
  if (!next || !/before (commit|abort)/.test(said))
    return fail(`the server said: ${said}; expected a stop before the first later transaction`);
  return microseconds(`${next}Z`) > microsecondsOf(target.at)
    ? pass(`stopped before the first later transaction (${next} UTC), at ${at.lsn}${raises(at)}`)
    : fail(`stopped before a transaction of ${next} UTC, which is not later than the target`);
}

/** No commit later than the target may be visible; `track_commit_timestamp` and replay both know the last one. */
const noLaterCommit: RestoreCheck<"at-target"> = {
  name: "no-later-commit",
  stage: "at-target",
  async look(state) {
    const { goal, position } = state;
    if (goal.target.kind === "latest") return undefined;
    if (position.lastCommit === null) return pass("no transaction was replayed after the backup");
    return microseconds(position.lastCommit) <= limitOf(state, goal.target)
      ? pass(`last commit on the copy: ${position.lastCommit}`)
      : fail(
          `the copy holds a commit of ${position.lastCommit}, later than the target ${goal.target.at.toISOString()}`,
        );
  },
};

/** A checkpoint's moment is known to the microsecond; as a Date it would lie before commits of the same millisecond. */
function limitOf({ checkpoint }: AtRepository, target: { kind: RecoveryTarget["kind"]; at: Date }): bigint {
  return target.kind === "restore-point" && checkpoint
    ? microseconds(checkpoint.at)
    : microsecondsOf(target.at);
}

const heartbeat: RestoreCheck<"at-target"> = {
  name: "heartbeat",
  stage: "at-target",
  async look(state) {
    const { goal } = state;
    const declared = state.context.platform.heartbeat;
    if (!declared) return notApplicable("the platform declares no heartbeat table");
    let last: string | null;
    try {
      last = await lastHeartbeat(state);
    } catch (error) {
      const finding = unreadable(error);
      if (finding?.verdict === "inconclusive") return finding;
      return fail(
        `${declared.table} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (last === null) return fail(`${declared.table} is empty on the copy`);
    if (goal.target.kind === "latest") return pass(`last heartbeat recovered: ${last}`);
    const gap = Number(limitOf(state, goal.target) - microseconds(last)) / 1e6;
    return gap >= 0
      ? pass(`last heartbeat ${gap.toFixed(1)} s before the target`)
      : fail(`a heartbeat of ${last} is ${(-gap).toFixed(1)} s later than the target`);
  },
};

/** Newest heartbeat on the running copy; null when there is none, or the platform declares no such table. */
export async function lastHeartbeat({ context, server }: AtTarget): Promise<string | null> {
  const { heartbeat: declared } = context.platform;
  return declared ? newestHeartbeat(server.database, declared) : null;
}

export const RECOVERY_CHECKS: readonly AnyRestoreCheck[] = [
  checkpointReached,
  targetReached,
  timeline,
  noLaterCommit,
  heartbeat,
];
