// The restore run of one copy: restore, recover to the checkpoint, compare, recover to the target; timing every phase and
// asking the checks at every stop. It decides nothing about verdicts and removes nothing.

import { loadCheckpoint } from "../backup/backup";
import type { Checkpoint } from "../backup/checkpoint";
import { switchesOf } from "../backup/timelines";
import { contiguity, newestTimeline } from "../backup/wal";
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import type { PhaseProgress } from "../core/progress";
import type { RestoredServer } from "../postgres/port";
import { contentDatabases, readRoles, readState } from "../postgres/read-state";
import { CONTENT_CHECKS } from "./checks/content";
import { EVIDENCE_CHECKS } from "./checks/evidence";
import { RECOVERY_CHECKS } from "./checks/recovery";
import { REPOSITORY_CHECKS } from "./checks/repository";
import type { Sample } from "./prediction";
import { type Goal, pointOf } from "./target";
import type { RecoveryPosition, RestoreCheck, Stage, TestState } from "./test-state";
import type { RestoreTools } from "./tools";
import { fetchWal } from "./wal";

/** Every check, in the order in which it is reported. */
export const RESTORE_CHECKS: readonly RestoreCheck[] = [
  ...REPOSITORY_CHECKS,
  ...EVIDENCE_CHECKS,
  ...RECOVERY_CHECKS,
  ...CONTENT_CHECKS,
];

export interface TimedPhase {
  name: string;
  /** Seconds since the restore test began. */
  start: number;
  seconds: number;
  /** Counted in the RTO: what an operator would wait for. Comparing content is not. */
  recovery: boolean;
}

export interface RestoreTestOptions {
  /** Why the copy exists; recorded beside it. */
  purpose: string;
  into?: string;
  /** Measured restores to predict from, oldest first. */
  samples?: readonly Sample[];
  /** Data is flushed to disk because it will be used. Default false: the copy is thrown away. */
  durable?: boolean;
  /** Keep the stopped data directory. Default false. */
  keep?: boolean;
  /** Limit of the restore and of each recovery, seconds. Default 4 h. */
  timeoutSeconds?: number;
  restoreChecks?: readonly RestoreCheck[];
  /** Called at every stop before the copy is read and the checks look; the self-test plants its faults there. */
  onStop?: (stage: Stage, testState: TestState) => Promise<void>;
  /** Why the source cannot be reached by anybody now; isolation from it then needs no proof. */
  sourceLost?: string;
}

const DEFAULT_TIMEOUT_SECONDS = 4 * 3600;

export class RestoreRun {
  readonly checks: Check[] = [];
  readonly phases: TimedPhase[] = [];
  failedAt = "restore";
  private readonly began: number;
  private readonly restoreChecks: readonly RestoreCheck[];

  constructor(
    private readonly context: RestoreTools,
    private readonly options: RestoreTestOptions,
  ) {
    this.began = context.clock.seconds();
    this.restoreChecks = options.restoreChecks ?? RESTORE_CHECKS;
  }

  async prepare(wanted: Goal): Promise<TestState> {
    const { backups } = this.context;
    return this.phase("read the repository's index", false, async () => {
      const switches = await switchesOf(this.context, wanted.set.archiveId);
      const segments = await backups.walSegments(wanted.set.archiveId);
      const goal = withoutDetour(wanted, segments, switches);
      const checkpoint = goal.checkpoint ? await loadCheckpoint(this.context, goal.checkpoint) : undefined;
      return { context: this.context, goal, set: goal.set, checkpoint, segments, switches };
    });
  }

  async restore(testState: TestState): Promise<void> {
    this.failedAt = "restore";
    const copy = testState.copy!;
    await this.phase("restore", true, (progress) =>
      this.context.backups.restore({
        container: copy.container,
        set: testState.set,
        into: copy.dataDirectory,
        work: copy.directory,
        signal: this.context.signal,
        timeoutSeconds: this.options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
        onBytes: (done, total) => progress.update(done, total, "B"),
      }),
    );
    this.add({
      name: "restore",
      verdict: "pass",
      detail: `${testState.set.label} restored`,
      seconds: this.secondsOf("restore"),
    });
    if (await this.context.backups.isRemote()) await this.fetchWal(testState);
  }

  /** A copy has no way to a remote repository; an operator would wait for this too. */
  private async fetchWal(testState: TestState): Promise<void> {
    this.failedAt = "wal-fetched";
    const limits = {
      signal: this.context.signal,
      timeoutSeconds: this.options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    };
    const finding = await this.phase("fetch WAL", true, (progress) => fetchWal(testState, progress, limits));
    this.add({ name: "wal-fetched", ...finding, seconds: this.secondsOf("fetch WAL") });
  }

  /** To the checkpoint, pause and compare; then on to the target, where that is another point. */
  async recover(testState: TestState): Promise<void> {
    const { goal, checkpoint } = testState;
    if (checkpoint && goal.checkpoint) {
      this.failedAt = "checkpoint-reached";
      const point = pointOf(goal.checkpoint);
      await this.phase("recover to the checkpoint", true, async () => {
        testState.server = await this.start(testState, point, "pause");
        testState.atCheckpoint = await this.awaitStop(testState, testState.server, "paused");
      });
      await this.options.onStop?.("at-checkpoint", testState);
      await this.phase("read the copy", false, (progress) =>
        this.readCopy(testState, checkpoint, (done, total) =>
          progress.update(done * 8192, total * 8192, "B"),
        ),
      );
      await this.ask("at-checkpoint", testState);
      this.failedAt = "target-reached";
      if (samePoint(goal, checkpoint)) {
        await this.phase("finish recovery", true, async () => {
          await testState.server!.database.query(
            testState.server!.database.maintenance,
            "select pg_wal_replay_resume() where pg_is_in_recovery()",
          );
          testState.atTarget = {
            ...testState.atCheckpoint!,
            ...(await this.awaitStop(testState, testState.server!, "promoted")),
          };
        });
        return;
      }
      await this.phase("stop at the checkpoint", true, async () => testState.server!.stop("fast"));
    } else await this.look("at-checkpoint", testState);
    this.failedAt = "target-reached";
    await this.phase("recover to the target", true, async () => {
      testState.server = await this.start(testState, goal.target, "promote");
      testState.atTarget = await this.awaitStop(testState, testState.server, "promoted");
    });
  }

  private start(
    testState: TestState,
    target: Goal["target"],
    action: "pause" | "promote",
  ): Promise<RestoredServer> {
    const copy = testState.copy!;
    const { platform, servers } = this.context;
    const timeline = target.kind === "restore-point" ? testState.checkpoint!.timeline : "latest";
    return servers.start({
      container: copy.container,
      dataDirectory: copy.dataDirectory,
      socketDirectory: copy.socketDirectory,
      logFile: `${copy.directory}/log/postgresql.log`,
      osUser: platform.backups.osUser,
      login: { user: platform.database.user, maintenance: platform.database.maintenance },
      recovery: { target, action, timeline },
      walDirectory: testState.walDirectory,
      settings: this.options.durable ? { fsync: "on", full_page_writes: "on" } : {},
    });
  }

  /**
   * Polls until recovery paused or ended. `pg_ctl -w start` would have returned long before a FATAL.
   * @throws OpsError fail when the server died, timeout
   */
  private async awaitStop(
    testState: TestState,
    server: RestoredServer,
    state: "paused" | "promoted",
  ): Promise<RecoveryPosition> {
    const { clock, signal } = this.context;
    const limit = this.options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    const since = clock.seconds();
    while (clock.seconds() - since < limit) {
      const alive = server.running();
      const now = alive ? await recoveryState(server).catch(() => undefined) : undefined;
      if (now?.state === state)
        return { ...now.reached, timeline: followed(testState), stop: await server.recoveryStop() };
      if (!alive) {
        const said = server
          .fatal()
          .map((line) => line.replace(/^.*?(FATAL|PANIC|LOG):\s*/, ""))
          .join("; ");
        throw new OpsError(
          "fail",
          `PostgreSQL gave up during recovery: ${said ? said + this.quiet(said) : "it left no message"}`,
        );
      }
      if (state === "paused" && now?.state === "promoted") {
        throw new OpsError("fail", "recovery ended without stopping at the checkpoint");
      }
      await clock.sleep(0.1, signal);
    }
    throw new OpsError("timeout", `recovery did not come to its end within ${limit} s`);
  }

  /** Without a heartbeat, WAL that is missing and a night without commits look the same. */
  private quiet(said: string): string {
    if (this.context.platform.heartbeat || !said.includes("recovery ended before configured recovery target"))
      return "";
    return " (no commit later than the target is in the repository: WAL is missing, or nobody committed; a heartbeat table would tell)";
  }

  /** Damage that PostgreSQL itself reports is a finding; the restore run goes on, so that the other checks can look as well. */
  private async readCopy(
    testState: TestState,
    checkpoint: Checkpoint,
    onBlocks: (done: number, total: number) => void,
  ): Promise<void> {
    const { database } = testState.server!;
    try {
      const names = await contentDatabases(database);
      const databases = await readState(database, names, { like: checkpoint.databases, onBlocks });
      testState.found = { databases, roles: await readRoles(database) };
    } catch (error) {
      if (!(error instanceof OpsError) || error.exit !== "fail") throw error;
      testState.unreadable = error.message;
    }
  }

  /** Stops here: lets every check of the stage look. */
  async look(stage: Stage, testState: TestState): Promise<void> {
    await this.options.onStop?.(stage, testState);
    await this.ask(stage, testState);
  }

  private async ask(stage: Stage, testState: TestState): Promise<void> {
    for (const restoreCheck of this.restoreChecks.filter((l) => l.stage === stage)) {
      this.context.signal.throwIfAborted();
      const lacks = restoreCheck.needs && (await this.context.backups.lacks(restoreCheck.needs));
      const since = this.context.clock.seconds();
      const finding = lacks
        ? { verdict: "not-applicable" as const, detail: lacks }
        : await restoreCheck.look(testState).catch((error: unknown) => {
            if (this.context.signal.aborted || !(error instanceof OpsError)) throw error;
            const damaged = error.exit === "fail";
            return { verdict: damaged ? "fail" : "inconclusive", detail: error.message } as const;
          });
      if (finding)
        this.add({ name: restoreCheck.name, ...finding, seconds: this.context.clock.seconds() - since });
    }
  }

  add(check: Check): void {
    this.checks.push(check);
    this.context.progress.check(check);
  }

  /** Checks that had no chance to look say so; they never vanish from a report. */
  addUnreached(): void {
    const seen = new Set(this.checks.map((check) => check.name));
    for (const restoreCheck of this.restoreChecks.filter(
      (l) => !seen.has(l.name) && l.stage !== "repository" && l.name !== "wal-to-target",
    )) {
      this.checks.push({
        name: restoreCheck.name,
        verdict: "inconclusive",
        detail: "not reached: an earlier step failed",
      });
    }
  }

  async phase<T>(name: string, recovery: boolean, body: (progress: PhaseProgress) => Promise<T>): Promise<T> {
    const start = this.context.clock.seconds() - this.began;
    try {
      return await this.context.progress.phase(name, body);
    } finally {
      this.phases.push({ name, start, seconds: this.context.clock.seconds() - this.began - start, recovery });
    }
  }

  recoverySeconds(): number {
    return this.phases.filter((phase) => phase.recovery).reduce((sum, phase) => sum + phase.seconds, 0);
  }

  secondsOf(name: string): number {
    return this.phases.filter((phase) => phase.name === name).reduce((sum, phase) => sum + phase.seconds, 0);
  }
}

/** Where WAL is missing between the checkpoint's backup and a newer one, only the newer one leads to the target. */
function withoutDetour(goal: Goal, segments: TestState["segments"], switches: TestState["switches"]): Goal {
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

/** The timeline recovery followed: a checkpoint's own, otherwise the newest the repository knows. */
function followed(testState: TestState): number {
  const { goal, checkpoint, set, switches } = testState;
  if (goal.target.kind === "restore-point" && checkpoint) return checkpoint.timeline;
  return newestTimeline(set.stopSegment, switches);
}

function samePoint(goal: Goal, checkpoint: Checkpoint): boolean {
  if (goal.target.kind === "restore-point") return goal.target.name === checkpoint.name;
  return (
    goal.target.kind === "time" &&
    checkpoint.target === "time" &&
    goal.target.at.getTime() === Date.parse(checkpoint.at)
  );
}

async function recoveryState(
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
