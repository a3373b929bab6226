// For a copy that has no way to its repository: says which WAL it needs, and lays it beside it before recovery begins.
import path from "node:path";
import type { WalRequest } from "../backup/port";
import { planWal, type WalPlan, walSpace } from "../backup/wal-plan";
import { OpsError } from "../core/errors";
import type { Finding } from "../core/evidence";
import { pass } from "../core/finding";
import type { PhaseProgress } from "../core/progress";
import type { TestState } from "./test-state";

/** @throws OpsError fail when the target cannot be reached from the backup along any known timeline */
function planFor(testState: TestState): WalPlan {
  const { set, goal, checkpoint, segments, switches } = testState;
  try {
    return planWal({ set, target: goal.target, checkpoint, segments, switches });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OpsError("fail", `no line of WAL leads from ${set.label} to ${goal.text}: ${error.message}`);
  }
}

/** Space that a copy needs for WAL beside its data, bytes; 0 when it reads the repository itself. */
export async function spaceForWal(testState: TestState): Promise<number> {
  if (!(await testState.context.backups.isRemote())) return 0;
  try {
    return walSpace(planFor(testState), testState.checkpoint?.segmentBytes);
  } catch (error) {
    // A target without a line of WAL is a finding of the restore run, and no question of space.
    if (error instanceof OpsError) return 0;
    throw error;
  }
}

/** @throws OpsError fail, unavailable, timeout */
export async function fetchWal(
  testState: TestState,
  progress: PhaseProgress,
  limits: Pick<WalRequest, "signal" | "timeoutSeconds">,
): Promise<Finding> {
  const copy = testState.copy!;
  const plan = planFor(testState);
  const into = path.join(copy.directory, "wal");
  const fetched = await testState.context.backups.fetchWal({
    plan,
    into,
    dataDirectory: copy.dataDirectory,
    work: copy.directory,
    onSegments: (done, total) => progress.update(done, total, "segments"),
    ...limits,
  });
  testState.walDirectory = into;
  const files = plan.histories.length;
  const histories = files === 0 ? "" : ` and ${files} timeline history ${files === 1 ? "file" : "files"}`;
  const mib = (fetched.bytes / 2 ** 20).toFixed(0);
  return pass(
    `${fetched.segments} segments (${mib} MiB)${histories} fetched outside, each with the SHA-1 that the archive recorded; ` +
      `from ${testState.set.startSegment} to ${fetched.last ?? "nothing"}: ${plan.bound}`,
  );
}
