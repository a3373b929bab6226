// A copy has no way to its repository: says which WAL it needs, and lays it beside it before recovery begins.
import { type BackupSet, majorOf } from "../backup/backup-set";
import type { WalRequest } from "../backup/port";
import { planWal, type WalPlan, walSpace } from "../backup/wal-plan";
import { OpsError } from "../core/errors";
import type { Finding } from "../core/evidence";
import { pass } from "../core/finding";
import type { PhaseProgress } from "../core/progress";
import { timelineTo } from "./recovery";
import type { Goal } from "./target";
import type { AtRepository, Isolated } from "./test-state";

/** What has to be known to say which WAL a copy needs. */
export interface WalState extends Pick<AtRepository, "segments" | "switches" | "checkpoint" | "follow"> {
  goal: Pick<Goal, "target" | "text">;
  set: Pick<BackupSet, "label" | "startSegment" | "stopSegment">;
}

/** @throws OpsError fail when the target cannot be reached from the backup along any known timeline */
function planFor({ set, goal, checkpoint, segments, switches, follow }: WalState): WalPlan {
  try {
    const timeline = timelineTo(goal.target, { checkpoint, follow });
    return planWal({ set, target: goal.target, checkpoint, segments, switches, timeline });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OpsError("fail", `no contiguous WAL leads from ${set.label} to ${goal.text}: ${error.message}`);
  }
}

/** Space that a copy needs for WAL beside its data, bytes. */
export function spaceForWal(state: WalState): number {
  try {
    return walSpace(planFor(state), state.checkpoint?.segmentBytes);
  } catch (error) {
    // A target without a line of WAL is a finding of the restore run, and no question of space.
    if (error instanceof OpsError) return 0;
    throw error;
  }
}

/** @throws OpsError fail, unavailable, timeout */
export async function fetchWal(
  state: Isolated,
  progress: PhaseProgress,
  limits: Pick<WalRequest, "signal" | "timeoutSeconds">,
): Promise<{ finding: Finding; directory: string }> {
  const { copy } = state;
  const plan = planFor(state);
  const into = copy.wal;
  const fetched = await state.context.walArchive.fetch({
    plan,
    major: majorOf(state.set),
    into,
    dataDirectory: copy.dataDirectory,
    work: copy.work,
    onSegments: (done, total) => progress.update(done, total, "segments"),
    ...limits,
  });
  const files = plan.histories.length;
  const histories = files === 0 ? "" : ` and ${files} timeline history ${files === 1 ? "file" : "files"}`;
  const mib = (fetched.bytes / 2 ** 20).toFixed(0);
  const finding = pass(
    `${fetched.segments} segments (${mib} MiB)${histories} fetched outside, each with the SHA-1 that the archive recorded; ` +
      `from ${state.set.startSegment} to ${fetched.last ?? "nothing"}: ${plan.bound}`,
  );
  return { finding, directory: into };
}
