// Migrations forward and back on the platform itself: what refuses them, the checkpoint before, the run, what is said after.

import { awaitArchived, storeCheckpoint } from "../backup/backup";
import { CHECKPOINT_EVIDENCE, type CheckpointFacts } from "../backup/evidence";
import { takeCheckpoint } from "../backup/take-checkpoint";
import { OpsError } from "../core/errors";
import type { Check, Measurement } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Core, Operated } from "../core/tools";
import type { Provenance } from "../evidence/port";
import { record } from "../evidence/record";
import type { PostgresTools } from "../postgres/port";
import type { RestoreTools } from "../restore/tools";
import { readFacts } from "./facts";
import { hazardsOf } from "./lint";
import { migrator } from "./login";
import { type Direction, type Migration, stepsOf } from "./migration";
import type { MigrateTools } from "./port";
import { type Readiness, readiness, rehearsals } from "./readiness";
import { outsideHours } from "./rehearsal";
import { nothingPending } from "./rehearse";
import { lintNow } from "./run-lint";
import { type MigrationRun, type RunnerOptions, withRunner } from "./runner";
import { loadMigrations, policyOf, readStates } from "./set";
import { planDown, refuseBroken, type StateRow } from "./state";

/** A statement that runs so many times longer than the whole migration took when rehearsed is not the one that was rehearsed. */
const LIMIT = { factor: 10, leastSeconds: 30 };

export type Patience = Pick<RunnerOptions, "lockTimeout" | "attempts">;

/** @throws OpsError migration, rehearsal, hours (refusals before anything was touched), locked, timeout, fail */
export async function migrateUp(
  context: RestoreTools & MigrateTools & Provenance,
  patience: Patience,
): Promise<Outcome> {
  const ready = await readiness(context);
  refuseBroken(ready.rows);
  if (ready.pending.length === 0) return nothingPending();
  const rehearsed = await refuseUnready(context, ready);
  const limitOf = (name: string): number | undefined => {
    const known = ready.rehearsal.ok ? ready.rehearsal.rehearsal.facts.migrations : [];
    const seconds = known.find((one) => one.name === name)?.up.seconds;
    return seconds === undefined ? undefined : Math.max(LIMIT.leastSeconds, seconds * LIMIT.factor);
  };
  const done = await run(context, "up", ready.pending, ready.rows, { ...patience, limitOf });
  return outcomeOf(context, "up", done, { name: "rehearsed", verdict: "pass", detail: rehearsed });
}

/** @param to number of the migration that stays the newest; without it the newest one is reverted */
export async function migrateDown(
  context: RestoreTools & MigrateTools & Provenance,
  to: number | undefined,
  patience: Patience,
): Promise<Outcome> {
  const rows = await readStates(context, await loadMigrations(context), migrator(context));
  const chosen = planDown(rows, to);
  if (chosen.length === 0) return { ...nothingPending(), summary: "No migration is applied." };
  const known = await rehearsals(context);
  const unknown = chosen.find(
    ({ name, sha256 }) =>
      !known.some(
        ({ passed, facts }) =>
          passed &&
          facts.migrations.some((one) => one.name === name && one.sha256 === sha256 && one.down !== null),
      ),
  );
  if (unknown) {
    throw new OpsError("rehearsal", `the down section of ${unknown.name} was never rehearsed`, {
      expected: "a rehearsal that passed, of any age, that applied and reverted this file",
      todo: "go back with `ops restore --to` its checkpoint (see `ops evidence list --job checkpoint`)",
    });
  }
  const done = await run(context, "down", chosen, rows, patience);
  const detail = `reverting ${chosen.length} migrations was rehearsed before they were applied`;
  return outcomeOf(context, "down", done, { name: "rehearsed", verdict: "pass", detail });
}

/** @returns what the rehearsal says. @throws OpsError rehearsal, migration, hours */
async function refuseUnready(
  context: Pick<Operated, "platform"> & Pick<Core, "clock" | "signal"> & PostgresTools & MigrateTools,
  { pending, rehearsal }: Readiness,
): Promise<string> {
  const { platform, clock } = context;
  const policy = policyOf(context);
  if (!rehearsal.ok) {
    throw new OpsError("rehearsal", rehearsal.reason, {
      expected: `a passed rehearsal, at most 24 h old, of exactly ${pending.map(({ name }) => name).join(", ")}`,
      todo: "`ops migrate rehearse`",
    });
  }
  const hazards = hazardsOf(await lintNow(context, pending, false));
  const first = hazards[0];
  if (first) {
    const { statement, finding } = first;
    const rest = hazards.length > 1 ? `, and ${hazards.length - 1} more` : "";
    throw new OpsError(
      "migration",
      `${statement.file}:${statement.line}: ${finding.rule}: ${finding.why}${rest}`,
      {
        expected: `the safe form: ${finding.safe}`,
        todo: 'rewrite it, or accept it with `-- ops:allow <rule> "reason"`, and rehearse again',
      },
    );
  }
  const facts = await readFacts(context, context.servers.source(platform), policy.database);
  const sizes = Object.fromEntries(Object.entries(facts.tables).map(([name, { bytes }]) => [name, bytes]));
  const late = outsideHours(
    pending,
    rehearsal.rehearsal.facts,
    sizes,
    policy,
    platform.schedule.timeZone,
    clock.now(),
  );
  if (late !== undefined) {
    throw new OpsError("hours", late, {
      expected: `on a table of ${policy.bigTableMegabytes} MB or more at most ${policy.longestLockMilliseconds} ms, or another hour`,
      todo: `wait until ${policy.businessHours.to}, or make the lock shorter and rehearse again`,
    });
  }
  return rehearsal.detail;
}

interface Done {
  runs: readonly MigrationRun[];
  /** Checkpoint that lies before all of it. */
  checkpoint: string;
}

async function run(
  context: RestoreTools & MigrateTools & Provenance,
  direction: Direction,
  chosen: readonly Migration[],
  rows: readonly StateRow[],
  patience: Omit<RunnerOptions, "role" | "watch">,
): Promise<Done> {
  const source = context.servers.source(context.platform, "change");
  const { database, role } = policyOf(context);
  const login = migrator(context, "change");
  return withRunner(context, source, database, { role, login, ...patience }, async (runner) => {
    const again = await readStates(context, chosen, login);
    const row = (migration: Migration) => again.find(({ name }) => name === migration.name)?.history;
    if (changed(rows, again, chosen)) {
      throw new OpsError("locked", "another run changed the schema after this one had read it", {
        expected: "the same migrations as a moment ago",
        todo: "see `ops migrate status`, then run it again",
      });
    }
    const begun = chosen.map(row).find((one) => one && !one.finished && one.direction === direction);
    const checkpoint = begun?.checkpoint ?? (await takeAndRecord(context));
    context.progress.say("info", `back to before this: ${restoreCommand(checkpoint)}`);
    const runs: MigrationRun[] = [];
    for (const migration of chosen) {
      const title = `${migration.name} ${direction}`;
      const one = context.progress.phase(title, (phase) =>
        runner.run(migration, direction, row(migration), checkpoint, phase),
      );
      runs.push(
        await one.catch((error: unknown) => {
          const at = { migration, committed: runner.committed, done: runs, direction, checkpoint };
          throw context.signal.aborted ? interruptedAt(at, error) : error;
        }),
      );
    }
    // The next rehearsal restores what is archived: it should find this.
    await source.query(source.maintenance, "select pg_switch_wal()").catch(() => {});
    return { runs, checkpoint };
  });
}

interface Interrupted {
  migration: Migration;
  /** Steps of it that are committed for certain; the one that ran may be too. */
  committed: number;
  done: readonly MigrationRun[];
  direction: Direction;
  checkpoint: string;
}

/** An interruption takes nothing back: what is committed stays, and the next run goes on behind it. */
export function interruptedAt(
  { migration, committed, done, direction, checkpoint }: Interrupted,
  cause: unknown,
): OpsError {
  const total = stepsOf(migration, direction).length;
  const names = done.map(({ name }) => name).join(", ");
  const before =
    done.length > 0 ? `${names} ${direction === "up" ? "applied" : "reverted"} and stays so; ` : "";
  const here =
    committed === 0
      ? `step 1 of ${total} of ${migration.name} had begun`
      : `steps 1 to ${committed} of ${total} of ${migration.name} are committed and stay`;
  return new OpsError("interrupted", `interrupted during a schema change: ${before}${here}`, {
    expected: "a run that is left to end; an interrupted one reverts nothing",
    todo: `\`ops migrate ${direction}\` continues where this one stopped (\`ops migrate status\` says where); to go back to the state before it, beside the source: ${restoreCommand(checkpoint)}`,
    cause,
  });
}

/** Between looking and taking the lock somebody else may have finished. */
function changed(
  before: readonly StateRow[],
  now: readonly StateRow[],
  chosen: readonly Migration[],
): boolean {
  const steps = (rows: readonly StateRow[], name: string): string => {
    const history = rows.find((one) => one.name === name)?.history;
    return history ? `${history.direction} ${history.stepsDone} ${history.finished}` : "none";
  };
  return chosen.some(({ name }) => steps(before, name) !== steps(now, name));
}

/** The checkpoint is in the ledger before the first statement runs: a killed run must not take it away. */
async function takeAndRecord(context: RestoreTools & Provenance): Promise<string> {
  const { progress, servers, platform, backupRepository } = context;
  const started = context.clock.now();
  const newest = (await backupRepository.list()).at(-1);
  if (!newest) {
    throw new OpsError("instant", "the repository holds no complete backup", {
      expected: "a backup to go back from",
      todo: "take one with `ops backup`",
    });
  }
  const checkpoint = await progress.phase("checkpoint", (phase) =>
    takeCheckpoint(context, servers.source(platform), phase),
  );
  const { reference, artifact } = await storeCheckpoint(context, checkpoint);
  const archived = await progress.phase("archive the checkpoint", () =>
    awaitArchived(context, checkpoint, newest),
  );
  const facts: CheckpointFacts = { checkpoint: reference };
  const outcome = { checks: [archived], measurements: [], artifacts: [artifact], facts };
  await record(context, { ...CHECKPOINT_EVIDENCE, started }, outcome);
  return checkpoint.name;
}

function restoreCommand(checkpoint: string): string {
  return `ops restore --to ${checkpoint}`;
}

function outcomeOf(
  context: Pick<Core, "progress">,
  direction: Direction,
  { runs, checkpoint }: Done,
  rehearsed: Check,
): Outcome {
  const verb = direction === "up" ? "applied" : "reverted";
  const checks: Check[] = [
    rehearsed,
    { name: "checkpoint-before", verdict: "pass", detail: `${checkpoint}, archived` },
    ...runs.map(
      ({ name, steps, retries, says }): Check => ({
        name: `${name.replaceAll("_", "-")}-${verb}`,
        verdict: "pass",
        detail: `${steps} steps${retries > 0 ? `, ${retries} tries lost against locks` : ""}${says ? `; ${says}` : ""}`,
      }),
    ),
  ];
  for (const check of checks) context.progress.check(check);
  const measurements: Measurement[] = runs.map(({ name, seconds }) => ({
    name: `${name}: ${direction}`,
    value: seconds,
    unit: "s",
  }));
  const facts = { action: direction, checkpoint, migrations: runs };
  const lines = runs.map(({ name, seconds }) => `${verb}  ${name}  ${seconds.toFixed(1)} s`);
  const back = [`Back to before it, beside the source:  ${restoreCommand(checkpoint)} --into <directory>`];
  if (direction === "up") back.push("Back by the migrations' own way:       ops migrate down");
  return { checks, measurements, artifacts: [], facts, summary: [...lines, ...back].join("\n"), json: facts };
}
