// The walk of one copy: restore, recover to the checkpoint, compare, recover to the target; timing every phase and
// asking the layers at every stop. It decides nothing about verdicts and removes nothing.
import type { Checkpoint } from "../domain/checkpoint";
import { OpsError } from "../domain/errors";
import type { Check } from "../domain/evidence";
import type { Sample } from "../domain/prediction";
import { type Goal, pointOf } from "../domain/target";
import { contiguity, parseHistory, segmentOf } from "../domain/wal";
import type { Context, PhaseProgress, RestoredServer } from "../ports";
import { loadCheckpoint } from "./backup";
import { CONTENT_LAYERS } from "./layers/content";
import { RECOVERY_LAYERS } from "./layers/recovery";
import { REPOSITORY_LAYERS } from "./layers/repository";
import { contentDatabases, readRoles, readState } from "./read-state";
import type { Layer, Reached, Scene, Stage } from "./scene";

/** Every layer, in the order in which it is reported. */
export const LAYERS: readonly Layer[] = [...REPOSITORY_LAYERS, ...RECOVERY_LAYERS, ...CONTENT_LAYERS];

export interface TimedPhase {
  name: string;
  /** Seconds since the exercise began. */
  start: number;
  seconds: number;
  /** Counted in the RTO: what an operator would wait for. Comparing content is not. */
  recovery: boolean;
}

export interface ExerciseOptions {
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
  layers?: readonly Layer[];
  /** Why the source cannot be reached by anybody now; isolation from it then needs no proof. */
  sourceLost?: string;
}

const DEFAULT_TIMEOUT_SECONDS = 4 * 3600;

export class Walk {
  readonly checks: Check[] = [];
  readonly phases: TimedPhase[] = [];
  failedAt = "restore";
  private readonly began: number;
  private readonly layers: readonly Layer[];

  constructor(
    private readonly context: Context,
    private readonly options: ExerciseOptions,
  ) {
    this.began = context.clock.seconds();
    this.layers = options.layers ?? LAYERS;
  }

  async prepare(goal: Goal): Promise<Scene> {
    const { backups } = this.context;
    return this.phase("read the repository's index", false, async () => {
      const checkpoint = goal.checkpoint ? await loadCheckpoint(this.context, goal.checkpoint) : undefined;
      const switches = new Map<number, { parent: number; lsn: string }>();
      for (const [timeline, text] of await backups.timelineHistories(goal.set.archiveId)) {
        const origin = parseHistory(text);
        if (origin) switches.set(timeline, origin);
      }
      const segments = await backups.walSegments(goal.set.archiveId);
      return { context: this.context, goal, set: goal.set, checkpoint, segments, switches };
    });
  }

  /** What the restore will have to move and replay. */
  work(scene: Scene): { databaseBytes: number; walBytes: number } {
    const { set, segments, goal, checkpoint, atTarget } = scene;
    const reached = atTarget
      ? segmentOf(atTarget.lsn, atTarget.timeline, checkpoint?.segmentBytes)
      : undefined;
    const last =
      reached ??
      (goal.target.kind === "restore-point" ? checkpoint?.segment : undefined) ??
      segments.at(-1)?.name;
    const bytes = checkpoint?.segmentBytes ?? 16 * 1024 * 1024;
    try {
      const { needed } = contiguity(
        segments,
        set.startSegment,
        last ?? set.stopSegment,
        scene.switches,
        bytes,
      );
      return { databaseBytes: set.databaseBytes, walBytes: needed * bytes };
    } catch {
      return { databaseBytes: set.databaseBytes, walBytes: bytes };
    }
  }

  async restore(scene: Scene): Promise<void> {
    this.failedAt = "restore";
    const copy = scene.copy!;
    await this.phase("restore", true, (progress) =>
      this.context.backups.restore({
        cell: copy.cell,
        set: scene.set,
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
      detail: `${scene.set.label} restored`,
      seconds: this.secondsOf("restore"),
    });
  }

  /** To the checkpoint, pause and compare; then on to the target, where that is another point. */
  async recover(scene: Scene): Promise<void> {
    const { goal, checkpoint } = scene;
    if (checkpoint && goal.checkpoint) {
      this.failedAt = "checkpoint-reached";
      const point = pointOf(goal.checkpoint);
      await this.phase("recover to the checkpoint", true, async () => {
        scene.server = await this.start(scene, point, "pause");
        scene.atCheckpoint = await this.awaitStop(scene, scene.server, "paused");
      });
      await this.phase("read the copy", false, async (progress) => {
        scene.found = await this.readCopy(scene.server!, checkpoint, (done, total) =>
          progress.update(done * 8192, total * 8192, "B"),
        );
      });
      await this.look("at-checkpoint", scene);
      this.failedAt = "target-reached";
      if (samePoint(goal, checkpoint)) {
        await this.phase("finish recovery", true, async () => {
          await scene.server!.database.query(
            scene.server!.database.maintenance,
            "select pg_wal_replay_resume()",
          );
          scene.atTarget = {
            ...scene.atCheckpoint!,
            ...(await this.awaitStop(scene, scene.server!, "promoted")),
          };
        });
        return;
      }
      await this.phase("stop at the checkpoint", true, async () => scene.server!.stop("fast"));
    } else await this.look("at-checkpoint", scene);
    this.failedAt = "target-reached";
    await this.phase("recover to the target", true, async () => {
      scene.server = await this.start(scene, goal.target, "promote");
      scene.atTarget = await this.awaitStop(scene, scene.server, "promoted");
    });
  }

  private start(scene: Scene, target: Goal["target"], action: "pause" | "promote"): Promise<RestoredServer> {
    const copy = scene.copy!;
    const { platform, servers } = this.context;
    const timeline = target.kind === "restore-point" ? scene.checkpoint!.timeline : "latest";
    return servers.start({
      cell: copy.cell,
      dataDirectory: copy.dataDirectory,
      socketDirectory: copy.socketDirectory,
      logFile: `${copy.directory}/log/postgresql.log`,
      osUser: platform.backups.osUser,
      login: { user: platform.database.user, maintenance: platform.database.maintenance },
      recovery: { target, action, timeline },
      settings: this.options.durable ? { fsync: "on", full_page_writes: "on" } : {},
    });
  }

  /**
   * Polls until recovery paused or ended. `pg_ctl -w start` would have returned long before a FATAL.
   * @throws OpsError fail when the server died, timeout
   */
  private async awaitStop(
    scene: Scene,
    server: RestoredServer,
    state: "paused" | "promoted",
  ): Promise<Reached> {
    const { clock, signal } = this.context;
    const limit = this.options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    const since = clock.seconds();
    while (clock.seconds() - since < limit) {
      const alive = server.running();
      const now = alive ? await recoveryState(server).catch(() => undefined) : undefined;
      if (now?.state === state)
        return { ...now.reached, timeline: followed(scene), stop: await server.recoveryStop() };
      if (!alive) {
        const said = (await server.fatal())
          .map((line) => line.replace(/^.*?(FATAL|PANIC|LOG):\s*/, ""))
          .join("; ");
        throw new OpsError("fail", `PostgreSQL gave up during recovery: ${said || "it left no message"}`);
      }
      if (state === "paused" && now?.state === "promoted") {
        throw new OpsError("fail", "recovery ended without stopping at the checkpoint");
      }
      await clock.sleep(0.1, signal);
    }
    throw new OpsError("timeout", `recovery did not come to its end within ${limit} s`);
  }

  private async readCopy(
    server: RestoredServer,
    checkpoint: Checkpoint,
    onBlocks: (done: number, total: number) => void,
  ): Promise<Pick<Checkpoint, "databases" | "roles">> {
    const names = await contentDatabases(server.database);
    const databases = await readState(server.database, names, { like: checkpoint.databases, onBlocks });
    return { databases, roles: await readRoles(server.database) };
  }

  async look(stage: Stage, scene: Scene): Promise<void> {
    for (const layer of this.layers.filter((l) => l.stage === stage)) {
      this.context.signal.throwIfAborted();
      const lacks = layer.needs && this.context.backups.lacks(layer.needs);
      const since = this.context.clock.seconds();
      const finding = lacks
        ? { verdict: "not-applicable" as const, detail: lacks }
        : await layer.look(scene).catch((error: unknown) => {
            if (this.context.signal.aborted || !(error instanceof OpsError)) throw error;
            return { verdict: "inconclusive" as const, detail: error.message };
          });
      if (finding) this.add({ name: layer.name, ...finding, seconds: this.context.clock.seconds() - since });
    }
  }

  add(check: Check): void {
    this.checks.push(check);
    this.context.progress.check(check);
  }

  /** Layers that had no chance to look say so; they never vanish from a report. */
  addUnreached(): void {
    const seen = new Set(this.checks.map((check) => check.name));
    for (const layer of this.layers.filter(
      (l) => !seen.has(l.name) && l.stage !== "repository" && l.name !== "wal-to-target",
    )) {
      this.checks.push({
        name: layer.name,
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

/** The timeline recovery followed: a checkpoint's own, otherwise the newest the repository knows. */
function followed(scene: Scene): number {
  const { goal, checkpoint, set, switches } = scene;
  if (goal.target.kind === "restore-point" && checkpoint) return checkpoint.timeline;
  return Math.max(Number.parseInt(set.stopSegment.slice(0, 8), 16), ...switches.keys());
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
): Promise<{ state: string; reached: Pick<Reached, "lsn" | "lastCommit"> }> {
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
