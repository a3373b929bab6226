// The restore run of one copy: restore, recover to the checkpoint, compare, recover to the target; timing every phase and
// asking the checks at every stop. It decides nothing about verdicts and removes nothing.

import { loadCheckpoint } from "../backup/backup";
import { majorOf } from "../backup/backup-set";
import type { Checkpoint, CheckpointReference } from "../backup/checkpoint";
import { switchesOf } from "../backup/timelines";
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import { fail, inconclusive, notApplicable, pass } from "../core/finding";
import type { PhaseProgress } from "../core/progress";
import { DEFAULT_LIMIT_SECONDS } from "../isolation/limit";
import type { RestoredServer } from "../postgres/port";
import { CONTENT_CHECKS } from "./checks/content";
import { EVIDENCE_CHECKS } from "./checks/evidence";
import { RECOVERY_CHECKS } from "./checks/recovery";
import { REPOSITORY_CHECKS } from "./checks/repository";
import type { Copy } from "./copy";
import { lineageFor } from "./lineage";
import type { Sample } from "./prediction";
import { awaitStop, type Recovery, recoverTo } from "./recover";
import { endedAtCheckpoint, readCopy, samePoint, withoutDetour } from "./recovery";
import { type Goal, pointOf } from "./target";
import {
  type AnyRestoreCheck,
  type AtCheckpoint,
  type AtRepository,
  type AtTarget,
  type CheckpointStop,
  checksAt,
  type Isolated,
  type Restored,
  type Stage,
  type States,
} from "./test-state";
import type { RestoreTools } from "./tools";
import { fetchWal } from "./wal";

/** Every check, in the order in which it is reported. */
export const RESTORE_CHECKS: readonly AnyRestoreCheck[] = [
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

/** @param server undefined where nothing runs: without a checkpoint there is no stop on the way to the target */
export type OnStop = (stage: Stage, copy: Copy, server: RestoredServer | undefined) => Promise<void>;

export interface RestoreTestOptions {
  /** Why the copy exists; recorded beside it. */
  purpose: string;
  into?: string;
  /** Measured restores to predict from, oldest first. */
  samples?: readonly Sample[];
  /** Data is flushed to disk because it will be used. Default false: the copy is thrown away. */
  durable?: boolean;
  /** Event triggers of the source fire on the copy as they would there. Default false. */
  eventTriggers?: boolean;
  /** Every table is written anew on the copy (masking), which needs room. Default false. */
  rewrites?: boolean;
  /** Keep the stopped data directory; asked when everything was done. Default false. */
  keep?: boolean | (() => boolean);
  /** Limit of the restore, of each recovery, and of each program and statement on the copy, seconds. Default 4 h. */
  timeoutSeconds?: number;
  restoreChecks?: readonly AnyRestoreCheck[];
  /** Called at every stop of the copy before it is read and the checks look; the self-test injects its faults there. */
  onStop?: OnStop;
  /** Why the source cannot be reached by anybody now; isolation from it then needs no proof. */
  sourceLost?: string;
}

export class RestoreRun {
  readonly checks: Check[] = [];
  readonly phases: TimedPhase[] = [];
  failedAt = "restore";
  private readonly began: number;
  private readonly restoreChecks: readonly AnyRestoreCheck[];
  private readonly timeoutSeconds: number;

  constructor(
    private readonly context: RestoreTools,
    private readonly options: RestoreTestOptions,
  ) {
    this.began = context.clock.seconds();
    this.restoreChecks = options.restoreChecks ?? RESTORE_CHECKS;
    this.timeoutSeconds = options.timeoutSeconds ?? DEFAULT_LIMIT_SECONDS;
  }

  async prepare(wanted: Goal): Promise<AtRepository> {
    return this.phase("read the repository's index", false, async () => {
      const switches = await switchesOf(this.context, wanted.set.archiveId);
      const segments = await this.context.walArchive.segments(wanted.set.archiveId);
      const goal = withoutDetour(wanted, segments, switches);
      const { set } = goal;
      // Before anything is restored: without programs of its version a copy is of no use.
      await this.context.host.program("postgres", majorOf(set));
      const checkpoint = goal.checkpoint ? await loadCheckpoint(this.context, goal.checkpoint) : undefined;
      const follow = goal.follow ?? (await lineageFor(this.context, set, switches));
      return { context: this.context, goal, set, checkpoint, segments, switches, follow };
    });
  }

  async restore(state: Isolated): Promise<Restored> {
    this.failedAt = "restore";
    const { copy, set } = state;
    await this.phase("restore", true, (progress) =>
      this.context.backupEngine.restore({
        set,
        into: copy.dataDirectory,
        tablespaces: copy.tablespaces,
        work: copy.work,
        signal: this.context.signal,
        timeoutSeconds: this.timeoutSeconds,
        onBytes: (done, total) => progress.update(done, total, "B"),
      }),
    );
    this.add({ name: "restore", ...pass(`${set.label} restored`), seconds: this.secondsOf("restore") });
    const walDirectory = await this.fetchWal(state);
    await this.phase("hand over", true, () => copy.handOver());
    return { ...state, walDirectory };
  }

  /** A copy has no way to the repository, wherever it is; an operator would wait for this too. */
  private async fetchWal(state: Isolated): Promise<string> {
    this.failedAt = "wal-fetched";
    const limits = { signal: this.context.signal, timeoutSeconds: this.timeoutSeconds };
    const fetched = await this.phase("fetch WAL", true, (progress) => fetchWal(state, progress, limits));
    this.add({ name: "wal-fetched", ...fetched.finding, seconds: this.secondsOf("fetch WAL") });
    return fetched.directory;
  }

  /** To the checkpoint, pause and compare; then on to the target, where that is another point. */
  async recover(state: Restored): Promise<AtTarget> {
    const { goal, checkpoint } = state;
    const stop =
      checkpoint && goal.checkpoint
        ? await this.toCheckpoint(state, checkpoint, goal.checkpoint)
        : await this.options.onStop?.("at-checkpoint", state.copy, undefined).then(() => undefined);
    const at: AtCheckpoint = { ...state, stop };
    await this.ask("at-checkpoint", at);
    this.failedAt = "target-reached";
    return stop && checkpoint && samePoint(goal, checkpoint)
      ? await this.phase("finish recovery", true, () => this.finish(at, stop))
      : await this.toTarget(at);
  }

  private async toCheckpoint(
    state: Restored,
    checkpoint: Checkpoint,
    reference: CheckpointReference,
  ): Promise<CheckpointStop> {
    this.failedAt = "checkpoint-reached";
    const { server, position } = await this.phase("recover to the checkpoint", true, () =>
      recoverTo(state, this.recovery(pointOf(reference), "pause")),
    );
    await this.options.onStop?.("at-checkpoint", state.copy, server);
    const content = await this.phase("read the copy", false, (progress) =>
      readCopy(server, checkpoint, (done, total) => progress.update(done * 8192, total * 8192, "B")),
    );
    return { server, position, content };
  }

  /** The checkpoint is the target: the copy goes on from where it stands. */
  private async finish(state: AtCheckpoint, { server, position }: CheckpointStop): Promise<AtTarget> {
    await server.database.query(
      server.database.maintenance,
      "select pg_wal_replay_resume() where pg_is_in_recovery()",
    );
    const promoted = await awaitStop(state, server, {
      ...this.recovery(state.goal.target, "promote"),
      wanted: "promoted",
    });
    return { ...state, server, position: { ...position, ...promoted } };
  }

  private async toTarget(state: AtCheckpoint): Promise<AtTarget> {
    const { stop } = state;
    if (stop && !stop.server.wasReadable()) throw endedAtCheckpoint(state);
    if (stop) await this.phase("stop at the checkpoint", true, () => stop.server.stop("fast"));
    return this.phase("recover to the target", true, async () => ({
      ...state,
      ...(await recoverTo(state, this.recovery(state.goal.target, "promote"))),
    }));
  }

  private recovery(target: Goal["target"], action: Recovery["action"]): Recovery {
    const { durable = false, eventTriggers = false } = this.options;
    return { target, action, durable, eventTriggers, timeoutSeconds: this.timeoutSeconds };
  }

  /** A stop of the copy: lets every check of the stage look. */
  async look(stage: Exclude<Stage, "repository" | "at-checkpoint">, state: AtTarget): Promise<void> {
    await this.options.onStop?.(stage, state.copy, stage === "stopped" ? undefined : state.server);
    await this.ask(stage, state);
  }

  async ask<S extends Stage>(stage: S, state: States[S]): Promise<void> {
    const { signal, clock, backupEngine } = this.context;
    for (const check of checksAt(this.restoreChecks, stage)) {
      signal.throwIfAborted();
      const lacks = check.needs && (await backupEngine.lacks(check.needs));
      const since = clock.seconds();
      const finding = lacks
        ? notApplicable(lacks)
        : await check.look(state).catch((error: unknown) => {
            if (signal.aborted || !(error instanceof OpsError)) throw error;
            return error.exit === "fail" ? fail(error.message) : inconclusive(error.message);
          });
      if (finding) this.add({ name: check.name, ...finding, seconds: clock.seconds() - since });
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
