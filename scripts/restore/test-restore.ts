// Restores one target beside the source, takes it through its stages, and lets every check look at each of them.
// The same restore test serves `verify`, `drill` and `restore`; it does not know why it was asked.
import type { BackupSet } from "../backup/backup-set";
import { type ExitName, OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import { fail } from "../core/finding";
import type { Host, Workspace } from "../machine/port";
import { lastHeartbeat } from "./checks/recovery";
import { type Copy, openCopy } from "./copy";
import { estimateOf } from "./estimate";
import { type Prediction, predict, type Sample } from "./prediction";
import { proveIsolation } from "./prove-isolation";
import { RestoreRun, type RestoreTestOptions, type TimedPhase } from "./restore-run";
import type { Goal } from "./target";
import type { RestoreTools } from "./tools";
import { spaceForWal, type WalState } from "./wal";

export interface RestoreTest {
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
  /** Why the restore run ended early; undefined when it was gone through to its end. */
  failure: OpsError | undefined;
}

/** What ends a restore test without a word on the data. */
const UNABLE: readonly ExitName[] = ["inconclusive", "missing"];

/** Margin over the size of the data: WAL that recovery fetches one by one, temporary files of the comparison. */
const SPACE_FACTOR = 1.1;
const SPACE_FIXED_BYTES = 256 * 1024 * 1024;
/** Where every table is written anew: the largest beside itself twice, and the WAL of it, as far as checkpoints let it grow. */
const REWRITE_FACTOR = 2;
const REWRITE_WAL_BYTES = 4 * 1024 ** 3;

/**
 * @throws OpsError space, directory, missing — refusals before anything was created.
 * Whatever goes wrong later is a failed or inconclusive check; the copy is removed in every case (unless kept).
 */
export async function testRestore(
  context: RestoreTools,
  goal: Goal,
  options: RestoreTestOptions,
): Promise<RestoreTest> {
  const restoreRun = new RestoreRun(context, options);
  const wanted = await restoreRun.prepare(goal);
  const prediction = predict(estimateOf(wanted, options.durable === true), options.samples ?? []);
  await refuseWithoutSpace(context, wanted, options.into, options.rewrites);
  const result: RestoreTest = {
    goal: wanted.goal,
    checks: restoreRun.checks,
    phases: restoreRun.phases,
    rtoSeconds: undefined,
    prediction,
    sample: undefined,
    lastHeartbeat: null,
    lastCommit: null,
    isolation: [],
    copy: undefined,
    failure: undefined,
  };
  await restoreRun.ask("repository", wanted);
  const copy = await openCopy(context, options.purpose, {
    into: options.into,
    limitSeconds: options.timeoutSeconds,
  });
  result.copy = copy;
  try {
    result.isolation = await restoreRun.phase("prove isolation", false, () =>
      proveIsolation(context, copy.container),
    );
    result.isolation = result.isolation.map((check) => withoutSource(check, options.sourceLost));
    for (const check of result.isolation) restoreRun.add(check);
    const restored = await restoreRun.restore({ ...wanted, copy });
    const state = await restoreRun.recover(restored);
    for (const name of await context.host.list(state.walDirectory))
      await context.host.removeTree(`${state.walDirectory}/${name}`);
    result.lastCommit = state.position.lastCommit;
    result.lastHeartbeat = await lastHeartbeat(state).catch(() => null);
    await restoreRun.look("at-target", state);
    await restoreRun.look("before-stop", state);
    restoreRun.failedAt = "stop";
    await restoreRun.phase("stop", false, () => state.server.stop("fast"));
    await restoreRun.look("stopped", state);
    result.rtoSeconds = restoreRun.recoverySeconds();
    result.sample = {
      ...estimateOf(state, options.durable === true),
      restoreSeconds: restoreRun.secondsOf("restore"),
      recoverySeconds: restoreRun.recoverySeconds() - restoreRun.secondsOf("restore"),
    };
  } catch (error) {
    if (context.signal.aborted || !(error instanceof OpsError)) throw error;
    result.failure = error;
    const verdict = UNABLE.includes(error.exit) ? "inconclusive" : "fail";
    restoreRun.add({ name: restoreRun.failedAt, verdict, detail: error.message });
    restoreRun.addUnreached();
  } finally {
    const keep = typeof options.keep === "function" ? options.keep() : options.keep === true;
    if (keep && !context.signal.aborted)
      await context.servers.giveBack(copy.container, copy.dataDirectory).catch((error: unknown) => {
        if (!(error instanceof OpsError)) throw error;
        restoreRun.add({ name: "settings-given-back", ...fail(error.message) });
      });
    await copy.close({ keepData: keep });
  }
  return result;
}

export interface SpaceTools extends Pick<Workspace, "copies"> {
  host: Pick<Host, "freeBytes">;
}

/** @throws OpsError space */
export async function refuseWithoutSpace(
  { copies, host }: SpaceTools,
  state: WalState & { set: Pick<BackupSet, "databaseBytes"> },
  into: string | undefined,
  rewrites = false,
): Promise<void> {
  const { databaseBytes } = state.set;
  const anew = databaseBytes * REWRITE_FACTOR + Math.min(databaseBytes * REWRITE_FACTOR, REWRITE_WAL_BYTES);
  await requireSpace({ copies, host }, state.set, {
    wal: spaceForWal(state),
    anew: rewrites ? anew : 0,
    into,
  });
}

/** @param more bytes that are laid beside the copy, and that rewriting it takes. @throws OpsError space */
export async function requireSpace(
  { copies, host }: SpaceTools,
  set: Pick<BackupSet, "databaseBytes" | "label">,
  { wal, anew = 0, into }: { wal: number; anew?: number; into?: string | undefined },
): Promise<void> {
  const where = into ?? copies;
  const needed = set.databaseBytes * SPACE_FACTOR + SPACE_FIXED_BYTES + wal + anew;
  const free = await host.freeBytes(where);
  if (free >= needed) return;
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  throw new OpsError("space", `${where} has ${gib(free)} free`, {
    expected: `at least ${gib(needed)} for ${set.label}${wal > 0 ? ` and ${gib(wal)} of WAL fetched in advance` : ""}${anew > 0 ? ", with room to write every table anew" : ""}`,
    todo: "free some space, or restore elsewhere with --into; nothing was created",
  });
}

/** From a source that is gone nothing can be shown to be kept away; every other proof stands. */
function withoutSource(check: Check, lost: string | undefined): Check {
  if (lost === undefined || check.name !== "isolation-source" || check.verdict !== "inconclusive")
    return check;
  return { ...check, verdict: "not-applicable", detail: `the source is gone: ${lost}` };
}
