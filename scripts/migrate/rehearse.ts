// Rehearses what is pending on a copy restored from the latest backup: forward and back without other work, then again under
// load. A check of the verification, so the copy was proven to be what the source was before anything is changed on it.

import { OpsError, refusedByServer } from "../core/errors";
import type { Check, Finding, Measurement } from "../core/evidence";
import { fail, pass } from "../core/finding";
import type { Outcome } from "../core/outcome";
import { poll } from "../core/poll";
import type { Core, Operated, Terminal } from "../core/tools";
import { viewOnly } from "../core/view-only";
import type { Database } from "../postgres/port";
import { compareDigests, digestSchema } from "../postgres/schema-digest";
import { clusterOf } from "../restore/facts";
import { findGoal } from "../restore/lineage";
import { samples } from "../restore/outcome";
import { RESTORE_CHECKS } from "../restore/restore-run";
import { testRestore } from "../restore/test-restore";
import type { AtTarget, RestoreCheck } from "../restore/test-state";
import type { RestoreTools } from "../restore/tools";
import type { SandboxTools } from "../sandbox/port";
import { readFacts } from "./facts";
import { lint, locksOf } from "./lint";
import { type Load, startLoad, type Waits } from "./load";
import { blocksWrites } from "./lock-modes";
import { migrator, migratorOnCopy, requireLogin } from "./login";
import { growthOf, LockWatch } from "./measure";
import type { Direction, Migration } from "./migration";
import type { MigrateTools } from "./port";
import { blockingLocks, type Pass, type RehearsalFacts, type RehearsedMigration } from "./rehearsal";
import type { Runner } from "./runner";
import { withRunner } from "./runner";
import { loadMigrations, policyOf, readStates } from "./set";
import { showRehearsal } from "./show";
import { pendingOf, refuseBroken } from "./state";

interface Rehearsed {
  migrations: RehearsedMigration[];
  checks: Check[];
}

/** What a rehearsal needs of the world: a restored copy, the migrations, and the sandbox's users where there are any. */
type RehearsalTools = RestoreTools & SandboxTools & MigrateTools;

/** Restore and recovery of the copy, seconds. */
const TIMEOUT_SECONDS = 14_400;
/** So long the users get to do what they do, after a second that was not enough. */
const BUSY_SECONDS = 20;

/** @throws OpsError usage, migration, instant (no backup), space … before anything was created */
export async function rehearse(context: RehearsalTools & Pick<Terminal, "color">): Promise<Outcome> {
  const migrations = await loadMigrations(context);
  const rows = await readStates(context, migrations, migrator(context));
  refuseBroken(rows);
  const pending = pendingOf(rows);
  if (pending.length === 0) return nothingPending();
  await requireLogin(context);
  const rehearsed: Rehearsed = { migrations: [], checks: [] };
  const goal = await findGoal(context, "latest");
  const restoreCheck: RestoreCheck<"at-target"> = {
    name: "migrations-rehearsed",
    stage: "at-target",
    look: (state) =>
      onCopy(context, state, migrations, pending, rehearsed).catch((error: unknown) =>
        failed(context, error),
      ),
  };
  const done = await testRestore(context, goal, {
    purpose: "migrate rehearse",
    // The last at its stop: everything that looks at the copy's content has looked, and soundness is checked afterwards.
    restoreChecks: [...RESTORE_CHECKS, restoreCheck],
    // The copy is timed: it must flush and log as the source does.
    durable: true,
    eventTriggers: true,
    timeoutSeconds: TIMEOUT_SECONDS,
    samples: await samples(context),
  });
  for (const check of rehearsed.checks) context.progress.check(check);
  const facts: RehearsalFacts = {
    action: "rehearse",
    backup: done.goal.set.label,
    pending: pending.map(({ name, sha256 }) => ({ name, sha256 })),
    migrations: rehearsed.migrations,
    workload: context.sandbox
      ? `the sandbox's users, ${context.sandbox.work.rate} statements a second`
      : "probes only",
  };
  return {
    checks: [...done.checks, ...rehearsed.checks],
    measurements: measurementsOf(rehearsed.migrations),
    artifacts: [],
    facts: { ...facts, ...clusterOf([done]) },
    summary: [
      showRehearsal(rehearsed.migrations, context.color),
      `Restored from ${facts.backup}; beside it worked ${facts.workload}. WAL and disk are those of the first two runs, alone.`,
    ].join("\n"),
    json: facts,
  };
}

export function nothingPending(): Outcome {
  return viewOnly({
    record: false,
    summary: "No migration is pending.",
    json: { pending: [] },
  });
}

/** What PostgreSQL or the runner refuses is a finding; a bug stays a bug. */
function failed(context: Pick<Core, "signal">, error: unknown): Finding {
  if (context.signal.aborted) throw error;
  if (error instanceof OpsError)
    return fail([error.message, error.expected].filter(Boolean).join("; expected "));
  if (refusedByServer(error)) return fail(error.message);
  throw error;
}

async function onCopy(
  context: RehearsalTools,
  state: AtTarget,
  migrations: readonly Migration[],
  pending: readonly Migration[],
  rehearsed: Rehearsed,
): Promise<Finding> {
  const { database: name, role, user } = policyOf(context);
  const copy = state.server.database;
  const login = await migratorOnCopy(state.server, user);
  const there = pendingOf(await readStates(context, migrations, login));
  if (there.map((one) => one.name).join() !== pending.map((one) => one.name).join()) {
    const list = there.map((one) => one.name).join(", ") || "nothing";
    return fail(
      `on the copy ${list} is pending: the last changes were not archived yet; try again in a minute`,
    );
  }
  const facts = await readFacts(context, copy, name);
  const known = new Set(Object.keys(facts.tables));
  const locked = locksOf(lint(pending, facts).statements);
  const tables = [...locked]
    .filter(([table, mode]) => known.has(table) && blocksWrites(mode))
    .map(([table]) => table);
  const watch = new LockWatch(context.clock, copy, name, known);
  return withRunner(context, copy, name, { role, login, contained: true, watch }, async (runner) => {
    const rehearsal = new Rehearsal(context, { copy, login, name }, runner, watch);
    const before = digestSchema(await copy.dumpSchema(name));
    const quiet = await rehearsal.round(pending, undefined);
    rehearsed.checks.push(await restored(copy, name, before, pending));
    const load = await startLoad(context, copy, name, tables);
    let loaded: Round;
    try {
      await context.clock.sleep(1, context.signal); // the users are at work before the migration comes
      load.take();
      loaded = await rehearsal.round(reversible(pending), load);
    } finally {
      await load.stop();
    }
    for (const migration of pending) {
      const { name: title, sha256 } = migration;
      rehearsed.migrations.push({
        name: title,
        sha256,
        up: quiet.up.get(title)!,
        down: quiet.down.get(title) ?? null,
        again: loaded.up.get(title) ?? null,
        downAgain: loaded.down.get(title) ?? null,
      });
    }
    rehearsed.checks.push(unharmed(pending, loaded, context));
    const back = reversible(pending).length;
    return pass(
      `${pending.length} migrations forward, ${back} of them back and forward again under load, on ${state.set.label}`,
    );
  });
}

/** The newest ones, up to the first that has no down section: only they can be reverted and run again. */
function reversible(pending: readonly Migration[]): Migration[] {
  const stop = pending.findLastIndex((migration) => !migration.down);
  return pending.slice(stop + 1);
}

interface Round {
  up: Map<string, Pass>;
  down: Map<string, Pass>;
  broken: Map<string, readonly string[]>;
  statements: number;
}

class Rehearsal {
  constructor(
    private readonly context: Pick<Core, "clock" | "progress" | "signal"> &
      Pick<Operated, "platform"> &
      MigrateTools,
    private readonly on: { copy: Database; login: Database; name: string },
    private readonly runner: Runner,
    private readonly watch: LockWatch,
  ) {}

  /** Forward through all, then back through those that can. */
  async round(migrations: readonly Migration[], load: Load | undefined): Promise<Round> {
    const round: Round = { up: new Map(), down: new Map(), broken: new Map(), statements: 0 };
    const one = async (migration: Migration, direction: Direction): Promise<void> => {
      const { pass: measured, waits } = await this.pass(migration, direction, load);
      round[direction].set(migration.name, measured);
      round.statements += waits?.statements ?? 0;
      if (waits && waits.broken.length > 0 && direction === "up")
        round.broken.set(migration.name, waits.broken);
    };
    for (const migration of migrations) await one(migration, "up");
    for (const migration of reversible(migrations).reverse()) await one(migration, "down");
    return round;
  }

  private async pass(
    migration: Migration,
    direction: Direction,
    load: Load | undefined,
  ): Promise<{ pass: Pass; waits: Waits | undefined }> {
    const { clock, progress, signal } = this.context;
    const { copy, login, name } = this.on;
    const title = `${migration.name} ${direction}${load ? ", loaded" : ""}`;
    return progress.phase(title, async (phase) => {
      const [row] = (await readStates(this.context, [migration], login)).map(({ history }) => history);
      const { result, walBytes, diskBytes } = await growthOf(clock, copy, name, () =>
        this.runner.run(migration, direction, row, null, phase),
      );
      // What ran when it ended is counted with it; and the users get to see the new schema.
      if (load) {
        await clock.sleep(1, signal);
        // On a busy machine a second is short.
        await poll(
          { clock, every: 0.1, within: BUSY_SECONDS, signal },
          async () => load.saidEnough() || undefined,
        );
      }
      const waits = load?.take();
      const measured: Pass = {
        seconds: result.seconds,
        locks: this.watch.take(),
        blockedWriteSeconds: waits?.writeSeconds ?? null,
        blockedReadSeconds: waits?.readSeconds ?? null,
        longestQuerySeconds: waits?.querySeconds ?? null,
        walBytes,
        diskBytes,
      };
      return { pass: measured, waits };
    });
  }
}

/** After forward and back, `pg_dump` must say of the schema what it said before. */
async function restored(
  copy: Database,
  name: string,
  before: Readonly<Record<string, string>>,
  pending: readonly Migration[],
): Promise<Check> {
  const check = "down-restores-schema";
  if (reversible(pending).length < pending.length)
    return {
      name: check,
      verdict: "not-applicable",
      detail: "a forward fix is declared: not all of it goes back",
    };
  const differences = compareDigests(before, digestSchema(await copy.dumpSchema(name)));
  return differences.length === 0
    ? { name: check, verdict: "pass", detail: "forward and back leaves the schema as it was, by pg_dump" }
    : { name: check, verdict: "fail", detail: `after reverting: ${differences.slice(0, 5).join("; ")}` };
}

/** The release that runs must get on with the new schema; after a contract it need not. */
function unharmed(
  pending: readonly Migration[],
  { broken, statements }: Round,
  context: SandboxTools,
): Check {
  const name = "workload-unharmed";
  if (!context.sandbox)
    return {
      name,
      verdict: "not-applicable",
      detail: "there is no workload to run on this platform's copies",
    };
  const guilty = pending.filter((one) => one.phase !== "contract" && broken.has(one.name));
  const first = guilty[0];
  if (first)
    return {
      name,
      verdict: "fail",
      detail: `on ${first.name} the schema refused the running release: ${[...new Set(broken.get(first.name))].slice(0, 3).join("; ")}`,
    };
  return {
    name,
    verdict: "pass",
    detail: `${statements} statements of the running release, none refused by the schema`,
  };
}

function measurementsOf(migrations: readonly RehearsedMigration[]): Measurement[] {
  return migrations.flatMap((migration) => {
    const { name, up, down, again } = migration;
    const blocking = blockingLocks(migration).map(({ seconds }) => seconds);
    const most = (values: (number | null | undefined)[]): number =>
      Math.max(0, ...values.map((value) => value ?? 0));
    const passes = [up, down, again];
    return [
      { name: `${name}: up`, value: up.seconds, unit: "s" },
      ...(down ? [{ name: `${name}: down`, value: down.seconds, unit: "s" }] : []),
      { name: `${name}: longest blocking lock`, value: most(blocking), unit: "s" },
      {
        name: `${name}: longest blocked write`,
        value: most(passes.map((one) => one?.blockedWriteSeconds)),
        unit: "s",
      },
      {
        name: `${name}: longest blocked read`,
        value: most(passes.map((one) => one?.blockedReadSeconds)),
        unit: "s",
      },
      { name: `${name}: WAL`, value: up.walBytes, unit: "B" },
      { name: `${name}: disk`, value: up.diskBytes, unit: "B" },
    ];
  });
}
