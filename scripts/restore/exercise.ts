// Restores one target beside the source, walks it through its stops, and lets every layer look at each of them.
// The same exercise serves `verify`, `drill` and `restore`; it does not know why it was asked.
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import type { MachineTools, Workspace } from "../machine/port";
import { lastHeartbeat } from "./checks/recovery";
import { type Copy, openCopy } from "./copy";
import { type Prediction, predict, type Sample } from "./prediction";
import { proveIsolation } from "./prove-isolation";
import type { Scene } from "./scene";
import type { Goal } from "./target";
import type { RestoreTools } from "./tools";
import { spaceForWal } from "./wal";
import { type ExerciseOptions, type TimedPhase, Walk } from "./walk";
import { workOf } from "./work";

export interface Exercise {
  goal: Goal;
  checks: Check[];
  phases: TimedPhase[];
  /** Restore and recovery until the copy accepted writes; undefined when it never did. Seconds. */
  rtoSeconds: number | undefined;
  prediction: Prediction;
  sample: Sample | undefined;
  lastHeartbeat: string | null;
  /** Commit time of the last transaction replayed, UTC with microseconds. */
  lastCommit: string | null;
  isolation: Check[];
  copy: Copy | undefined;
  /** Why the walk ended early; undefined when it was walked to its end. */
  failure: OpsError | undefined;
}

/** Margin over the size of the data: WAL that recovery fetches one by one, temporary files of the comparison. */
const SPACE_FACTOR = 1.1;
const SPACE_FIXED_BYTES = 256 * 1024 * 1024;

/**
 * @throws OpsError space, directory, missing — refusals before anything was created.
 * Whatever goes wrong later is a failed or inconclusive check; the copy is removed in every case (unless kept).
 */
export async function exercise(
  context: RestoreTools,
  goal: Goal,
  options: ExerciseOptions,
): Promise<Exercise> {
  const walk = new Walk(context, options);
  const scene = await walk.prepare(goal);
  const prediction = predict(workOf(scene, options.durable === true), options.samples ?? []);
  await refuseWithoutSpace(context, scene, options.into);
  const result: Exercise = {
    goal: scene.goal,
    checks: walk.checks,
    phases: walk.phases,
    rtoSeconds: undefined,
    prediction,
    sample: undefined,
    lastHeartbeat: null,
    lastCommit: null,
    isolation: [],
    copy: undefined,
    failure: undefined,
  };
  await walk.look("repository", scene);
  const copy = await openCopy(context, options.purpose, options.into);
  result.copy = copy;
  scene.copy = copy;
  try {
    result.isolation = await walk.phase("prove isolation", false, () => proveIsolation(context, copy.cell));
    result.isolation = result.isolation.map((check) => withoutSource(check, options.sourceLost));
    for (const check of result.isolation) walk.add(check);
    await walk.restore(scene);
    await walk.recover(scene);
    if (scene.walDirectory !== undefined) await context.host.removeTree(scene.walDirectory);
    result.lastCommit = scene.atTarget?.lastCommit ?? null;
    result.lastHeartbeat = await lastHeartbeat(scene).catch(() => null);
    await walk.look("at-target", scene);
    await walk.look("before-stop", scene);
    await walk.phase("stop", false, async () => scene.server!.stop("fast"));
    await walk.look("stopped", scene);
    result.rtoSeconds = walk.recoverySeconds();
    result.sample = {
      ...workOf(scene, options.durable === true),
      restoreSeconds: walk.secondsOf("restore"),
      recoverySeconds: walk.recoverySeconds() - walk.secondsOf("restore"),
    };
  } catch (error) {
    if (context.signal.aborted || !(error instanceof OpsError)) throw error;
    result.failure = error;
    walk.add({ name: walk.failedAt, verdict: "fail", detail: error.message });
    walk.addUnreached();
  } finally {
    await copy.close({ keepData: options.keep === true });
  }
  return result;
}

/** @throws OpsError space */
export async function refuseWithoutSpace(
  context: Pick<Workspace, "copies"> & MachineTools,
  scene: Scene,
  into: string | undefined,
): Promise<void> {
  const where = into ?? context.copies;
  const wal = await spaceForWal(scene);
  const needed = scene.set.databaseBytes * SPACE_FACTOR + SPACE_FIXED_BYTES + wal;
  const free = await context.host.freeBytes(where);
  if (free >= needed) return;
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  throw new OpsError("space", `${where} has ${gib(free)} free`, {
    expected: `at least ${gib(needed)} for ${scene.set.label}${wal > 0 ? ` and ${gib(wal)} of WAL fetched beforehand` : ""}`,
    todo: "free some space, or restore elsewhere with --into; nothing was created",
  });
}

/** From a source that is gone nothing can be shown to be kept away; every other proof stands. */
function withoutSource(check: Check, lost: string | undefined): Check {
  if (lost === undefined || check.name !== "isolation-source" || check.verdict !== "inconclusive")
    return check;
  return { ...check, verdict: "not-applicable", detail: `the source is gone: ${lost}` };
}
