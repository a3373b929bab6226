// A drill: three losses a college could really suffer, each restored in isolation, verified and measured.
// Scenario b damages and scenario c kills the source, which only the sandbox can do; elsewhere they are restored from
// a drawn instant and from the latest state without touching the source, and the report says so.

import { archiveNow } from "../backup/archiving";
import { backUpAndRecord } from "../backup/backup";
import { checkpoints } from "../backup/evidence";
import type { BackupTools } from "../backup/port";
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import { missesTarget, overall } from "../core/evidence";
import { microseconds, microsecondsOf } from "../core/pg-time";
import type { Core, Operated } from "../core/tools";
import { draw } from "../coverage/sample-outcome";
import type { Provenance } from "../evidence/port";
import { newestHeartbeat } from "../postgres/heartbeat";
import { LetGo, whileNobodyWaits } from "../postgres/let-go";
import type { PostgresTools } from "../postgres/port";
import { findGoal } from "../restore/lineage";
import { targetsOf } from "../restore/outcome";
import type { Sample } from "../restore/prediction";
import { type RestoreTest, testRestore } from "../restore/test-restore";
import type { RestoreTools } from "../restore/tools";
import type { SandboxTools } from "../sandbox/port";

export type ScenarioId = "a" | "b" | "c";
export const SCENARIOS = ["a", "b", "c"] as const satisfies readonly ScenarioId[];

export interface ScenarioResult {
  id: ScenarioId;
  name: string;
  started: Date;
  restoreTest: RestoreTest;
  /** Seconds of commits lost; undefined where nothing was lost to be measured. */
  rpoSeconds: number | undefined;
  checks: Check[];
}

/** What a drill needs of the world: besides a restore's tools, the sandbox that it damages. */
export type DrillTools = RestoreTools & SandboxTools & Provenance;

interface Scenario {
  id: ScenarioId;
  name(context: DrillTools): string;
  run(
    context: DrillTools,
    samples: readonly Sample[],
  ): Promise<{ restoreTest: RestoreTest; rpoSeconds: number | undefined }>;
}

const MISOPERATIONS = ["update-without-where", "delete", "drop-table"] as const;

const lastCheckpoint: Scenario = {
  id: "a",
  name: () => "the last checkpoint",
  async run(context, samples) {
    const known = await checkpoints(context);
    const goal = await findGoal(context, known.at(-1)!.name);
    return {
      restoreTest: await testRestore(context, goal, { purpose: "drill a", samples }),
      rpoSeconds: undefined,
    };
  },
};

const chosenInstant: Scenario = {
  id: "b",
  name: (context) =>
    context.sandbox ? "the moment before a misoperation" : "an instant drawn from the promised window",
  async run(context, samples) {
    if (!context.sandbox) {
      const goal = await findGoal(context, await drawTarget(context));
      return {
        restoreTest: await testRestore(context, goal, { purpose: "drill b", samples }),
        rpoSeconds: undefined,
      };
    }
    const kind = MISOPERATIONS[Math.floor(context.random() * MISOPERATIONS.length)]!;
    // Before it is injected: interrupted while it injects, a drill must undo it all the same.
    context.defer("undo the misoperation", async () => {
      await context.sandbox!.repair();
    });
    const injected = await context.progress.phase(`inject a misoperation (${kind})`, () =>
      context.sandbox!.inject(kind),
    );
    context.progress.say("info", injected.detail);
    await context.progress.phase("archive the misoperation", () => archiveNow(context));
    const goal = await findGoal(context, injected.before.toISOString());
    const done = await testRestore(context, goal, { purpose: "drill b", samples });
    await context.sandbox.repair();
    return { restoreTest: done, rpoSeconds: undefined };
  },
};

const lostSource: Scenario = {
  id: "c",
  name: (context) =>
    context.sandbox ? "the source and its own WAL are lost" : "the latest state, as if the source were lost",
  async run(context, samples) {
    const { sandbox } = context;
    if (sandbox) context.defer("bring the source back", () => sandbox.recover());
    const last = sandbox
      ? microsecondsOf((await context.progress.phase("kill the source", () => sandbox.lose())).lastHeartbeat)
      : await lastOnSource(context);
    const goal = await findGoal(context, "latest");
    const done = await testRestore(context, goal, {
      purpose: "drill c",
      samples,
      ...(sandbox ? { sourceLost: "this drill killed it" } : {}),
    });
    if (sandbox) await context.progress.phase("bring the source back", () => sandbox.recover());
    const recovered = recoveredOn(done, context.platform.heartbeat !== undefined);
    const lost = last !== null && recovered !== null ? last - recovered : undefined;
    return {
      restoreTest: done,
      rpoSeconds: lost === undefined ? undefined : Math.max(0, Number(lost)) / 1e6,
    };
  },
};

/** What the copy surely holds. Where no commit was replayed, that is what was there when the backup began. */
function recoveredOn(done: RestoreTest, beats: boolean): bigint | null {
  const last = beats ? done.lastHeartbeat : done.lastCommit;
  if (last !== null) return microseconds(last);
  return beats || done.rtoSeconds === undefined ? null : microsecondsOf(done.goal.set.started);
}

/** The last heartbeat on the source or, without heartbeats, its last commit where commit timestamps are kept. */
async function lastOnSource(
  context: PostgresTools & Pick<Operated, "platform"> & Pick<Core, "progress">,
): Promise<bigint | null> {
  const source = context.servers.source(context.platform);
  const { heartbeat } = context.platform;
  if (heartbeat) {
    const last = await whileNobodyWaits(source, (watched) => newestHeartbeat(watched, heartbeat)).catch(
      (error: unknown) => {
        if (!(error instanceof LetGo)) throw error;
        context.progress.say("warn", `how much is lost cannot be told: ${error.message}`);
        return null;
      },
    );
    return last === null ? null : microseconds(last);
  }
  const [row] = await source.query<{ last: string | null }>(
    source.maintenance,
    `select case when current_setting('track_commit_timestamp') = 'on' then
       (select to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') from pg_last_committed_xact()) end as last`,
  );
  return row?.last ? microseconds(row.last) : null;
}

const PLAYS: Record<ScenarioId, Scenario> = { a: lastCheckpoint, b: chosenInstant, c: lostSource };

/**
 * Makes the sandbox ready (it is the only platform that a drill may create) and sees to a backup with a checkpoint.
 * When it returns, "now" can be restored from a backup: the prediction of scenario b and its misoperation need that.
 */
export async function prepare(context: DrillTools, scale: number | undefined): Promise<void> {
  await prepared(context, scale);
  await leaveBackupBehind(context);
}

/** A backup's end is known to the second only: an instant within that second cannot be restored from it. */
async function leaveBackupBehind({
  backupRepository,
  clock,
  signal,
}: Pick<BackupTools, "backupRepository"> & Pick<Core, "clock" | "signal">): Promise<void> {
  const newest = (await backupRepository.list()).at(-1);
  const milliseconds = (newest?.finished.getTime() ?? 0) + 1000 - clock.now().getTime();
  if (milliseconds > 0) await clock.sleep((milliseconds + 100) / 1000, signal);
}

async function prepared(context: DrillTools, scale: number | undefined): Promise<void> {
  const { sandbox } = context;
  if (sandbox) {
    await context.progress.phase("sandbox", (phase) =>
      sandbox.up({ ...(scale === undefined ? {} : { scale }), onNote: (note) => phase.note(note) }),
    );
    await sandbox.startWorkload();
  }
  const sets = await context.backupRepository.list();
  const newest = sets.at(-1);
  const hours = newest
    ? (context.clock.now().getTime() - newest.finished.getTime()) / 3_600_000
    : Number.POSITIVE_INFINITY;
  const usable = (await checkpoints(context)).length > 0 && newest !== undefined;
  if (usable && (!sandbox || hours <= context.platform.schedule.maxAgeHours)) return;
  if (!sandbox) {
    throw new OpsError("unknownTarget", `platform ${context.platform.name} has no backup with a checkpoint`, {
      expected: "last night's `ops backup`",
      todo: `run \`ops backup --platform ${context.platform.name}\` first; a drill never writes to a real platform`,
    });
  }
  await backUpAndRecord(context);
}

/** Plays one scenario; a failed restore is a result, not an exception. */
export async function runScenario(
  context: DrillTools,
  id: ScenarioId,
  samples: readonly Sample[],
): Promise<ScenarioResult> {
  const scenario = PLAYS[id];
  const started = context.clock.now();
  const { restoreTest: done, rpoSeconds } = await scenario.run(context, samples);
  const targets = targetsOf(context);
  const checks = [
    ...done.checks,
    bound("rto-target", done.rtoSeconds, targets.rto, "until the copy accepted writes", "fail"),
  ];
  if (id === "c") {
    // Without heartbeats and commit timestamps a loss cannot be measured; a copy that never got there is a failure.
    const otherwise = done.rtoSeconds === undefined ? "fail" : "inconclusive";
    const beats = context.platform.heartbeat ? "heartbeat" : "commit";
    checks.push(
      bound(
        "rpo-target",
        rpoSeconds,
        targets.rpo,
        `between the source's last ${beats} and the last recovered`,
        otherwise,
      ),
    );
  }
  return { id, name: scenario.name(context), started, restoreTest: done, rpoSeconds, checks };
}

export function verdictOf(results: readonly ScenarioResult[]): ReturnType<typeof overall> {
  return overall(results.flatMap((scenario) => scenario.checks));
}

function bound(
  name: string,
  value: number | undefined,
  target: number,
  what: string,
  otherwise: Check["verdict"],
): Check {
  if (value === undefined) return { name, verdict: otherwise, detail: `not measured; promised ${target} s` };
  const verdict = missesTarget({ name, value, unit: "s", target }) ? "fail" : "pass";
  return { name, verdict, detail: `${value.toFixed(1)} s ${what}; promised ${target} s` };
}

/**
 * An instant, uniform over what of the promised window can be restored and compared. On a database in which nobody has
 * committed since the checkpoint there is none: recovery to an instant ends before the next commit.
 */
async function drawTarget(context: Parameters<typeof draw>[0]): Promise<string> {
  try {
    const { instants } = await draw(context, 1, context.clock.now());
    return instants[0]!.toISOString();
  } catch (error) {
    if (!(error instanceof OpsError) || error.exit !== "instant") throw error;
    context.progress.say("warn", `${error.message}; the last checkpoint is restored instead`);
    return (await checkpoints(context)).at(-1)!.name;
  }
}
