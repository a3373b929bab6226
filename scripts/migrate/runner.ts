// Runs migrations on one direct connection, step by step, under an advisory lock: short lock waits, bounded retries with
// growing pauses, progress committed with each step. Decides neither what is run nor whether it may.
import { codeOf, OpsError, refusedByServer } from "../core/errors";
import type { PhaseProgress } from "../core/progress";
import type { Core } from "../core/tools";
import { makeWay } from "../postgres/autovacuum";
import type { Database, Session } from "../postgres/port";
import { LOCK, takeLock } from "./advisory-lock";
import { clearAlone } from "./alone";
import { runBackfill } from "./backfill";
import { begin, beginAlone, ensureHistory, recordStep } from "./history";
import { requireNoSuperuser, requireRole } from "./login";
import { type Direction, type Migration, type Statement, type Step, stepsOf } from "./migration";
import { beginning, type HistoryRow } from "./state";

export interface RunnerOptions {
  /** Role that statements run as. */
  role: string | undefined;
  /** The same server as the login that runs them; the other one is asked about locks. Default: the same login. */
  login?: Database;
  /** A copy in a container: what its superuser runs harms nobody. */
  contained?: boolean;
  /** How long a statement may wait for a lock, and so hold up whoever queues behind it, milliseconds. Default 500. */
  lockTimeout?: number;
  /** Tries of one step before the run gives up. Default 20. */
  attempts?: number;
  /** How long one statement of a transaction may run, seconds, by migration: more than it took when rehearsed. Default: no limit. */
  limitOf?: (name: string) => number | undefined;
  /** The rehearsal looks on. */
  watch?: Watch;
}

export interface Watch {
  /** Before a step's first statement, on the runner's own connection; again when it is tried again. */
  stepBegins(step: Step, session: Session): Promise<void>;
  /** After each statement of a transaction, inside it. `began`: clock seconds before the statement. */
  statementEnded(session: Session, began: number): Promise<void>;
  /** Whatever was held is let go. */
  stepEnded(): Promise<void>;
}

export interface MigrationRun {
  name: string;
  sha256: string;
  seconds: number;
  steps: number;
  /** Tries over all steps that lost against a lock. */
  retries: number;
  says: string;
}

export const DEFAULT_LOCK_TIMEOUT_MS = 500;
export const DEFAULT_ATTEMPTS = 20;
/** Concurrent builds wait for old transactions and hold nobody up meanwhile: their patience is longer. Milliseconds. */
const ALONE_LOCK_TIMEOUT_MS = 60_000;
/** First pause, its growth and its limit, seconds; the sum over 20 tries is about two minutes. */
const BACKOFF = { first: 0.2, factor: 1.6, most: 10 };
/** lock_not_available, deadlock_detected */
const LOST_TO_LOCK: readonly string[] = ["55P03", "40P01"];

/**
 * Opens the runner's connection, takes the advisory lock and runs `body`.
 * @throws OpsError locked, naming who holds it; config when the connection goes through a pooler, or is a superuser's
 */
export async function withRunner<T>(
  context: Pick<Core, "clock" | "progress" | "random" | "signal">,
  database: Database,
  name: string,
  options: RunnerOptions,
  body: (runner: Runner) => Promise<T>,
): Promise<T> {
  const { role, login = database, contained = false } = options;
  const session = await login.session(name);
  try {
    if (role !== undefined) await requireRole(session, role);
    if (role !== undefined && !contained) await requireNoSuperuser(session, role, name);
    await takeLock(context, session);
    await ensureHistory(session);
    return await body(new Runner(context, database, name, session, options));
  } finally {
    await session.close();
  }
}

export class Runner {
  /** Steps of the migration that runs, or ran last, which are committed for certain: from earlier runs too. */
  committed = 0;

  constructor(
    private readonly context: Pick<Core, "clock" | "progress" | "random" | "signal">,
    private readonly database: Database,
    private readonly name: string,
    readonly session: Session,
    private readonly options: RunnerOptions,
  ) {}

  /**
   * Runs one migration from where it stands. What is committed stays when a later step fails; the next run resumes there.
   * @throws OpsError timeout (locks), fail (a statement failed)
   */
  async run(
    migration: Migration,
    direction: Direction,
    row: HistoryRow | undefined,
    checkpoint: string | null,
    progress?: PhaseProgress,
  ): Promise<MigrationRun> {
    const since = this.context.clock.seconds();
    const steps = stepsOf(migration, direction);
    this.committed = 0;
    const { fromStep, says } = beginning(migration, direction, row);
    if (says !== "") this.context.progress.say("info", says);
    if (!row || row.finished || row.direction !== direction)
      await begin(this.session, migration, direction, checkpoint);
    this.committed = fromStep;
    let retries = 0;
    for (const [index, step] of steps.entries()) {
      if (index < fromStep) continue;
      progress?.note(`step ${index + 1} of ${steps.length}: ${firstLine(step.statements[0]!)}`);
      const place = { migration, direction, index, total: steps.length };
      retries += await this.runStep(step, place, progress).catch((error: unknown) => {
        throw refusedByServer(error) ? failed(place, step.statements[0]!, error) : error;
      });
      this.committed = index + 1;
    }
    const seconds = this.context.clock.seconds() - since;
    return {
      name: migration.name,
      sha256: migration.sha256,
      seconds,
      steps: steps.length - fromStep,
      retries,
      says,
    };
  }

  private async runStep(step: Step, place: Place, progress: PhaseProgress | undefined): Promise<number> {
    if (step.kind === "alone") return this.runAlone(step, place);
    if (step.kind === "backfill") return this.runBatches(step, place, progress);
    return this.transaction(place, step, async () => {
      for (const statement of step.statements) {
        const began = this.context.clock.seconds();
        await this.asRole(statement.sql, [], place, statement);
        await this.options.watch?.statementEnded(this.session, began);
      }
      await this.record(place);
    });
  }

  private async runBatches(step: Step, place: Place, progress: PhaseProgress | undefined): Promise<number> {
    const statement = step.statements[0]!;
    let retries = 0;
    await runBackfill({
      context: this.context,
      session: this.session,
      migration: place.migration,
      direction: place.direction,
      step: place.index,
      statement,
      transaction: async (body) => {
        retries += await this.transaction(place, step, body);
      },
      asRole: async <T>(sql: string, values: readonly unknown[]) => {
        const began = this.context.clock.seconds();
        const rows = await this.asRole<T>(sql, values, place, statement);
        await this.options.watch?.statementEnded(this.session, began);
        return rows;
      },
      // What others' sessions do is for few to see.
      ask: (sql) => this.database.query(this.name, sql),
      onProgress: (done, total) => progress?.update(done, total, "keys"),
    });
    await this.transaction(place, step, () => this.record(place));
    return retries;
  }

  private async runAlone(step: Step, place: Place): Promise<number> {
    const statement = step.statements[0]!;
    let begun = await beginAlone(this.session, place.migration, place.index);
    const retries = await this.patiently(place, async () => {
      const { done, says } = await clearAlone(this.session, statement.operations, begun, (sql) =>
        this.asRole(sql, [], place, statement),
      );
      if (says !== undefined) this.context.progress.say("info", says);
      if (done) return;
      begun = true;
      await this.options.watch?.stepBegins(step, this.session);
      await this.session.query(`set lock_timeout = ${Math.max(this.lockTimeout, ALONE_LOCK_TIMEOUT_MS)}`);
      try {
        await this.asRole(statement.sql, [], place, statement);
      } finally {
        await this.options.watch?.stepEnded();
        await this.session.query("reset lock_timeout").catch(() => {});
      }
    });
    await this.record(place);
    return retries;
  }

  private get lockTimeout(): number {
    return this.options.lockTimeout ?? DEFAULT_LOCK_TIMEOUT_MS;
  }

  private record({ migration, direction, index, total }: Place): Promise<void> {
    return recordStep(this.session, migration, direction, index, total);
  }

  /** One transaction, tried again as a whole when it lost against a lock. @returns tries that lost */
  private transaction(place: Place, step: Step, body: () => Promise<void>): Promise<number> {
    return this.patiently(place, async () => {
      await this.options.watch?.stepBegins(step, this.session);
      await this.session.query("begin");
      try {
        await this.session.query(`set local lock_timeout = ${this.lockTimeout}`);
        const limit = this.options.limitOf?.(place.migration.name);
        if (limit !== undefined)
          await this.session.query(`set local statement_timeout = ${Math.ceil(limit * 1000)}`);
        await body();
        await this.session.query("commit");
      } catch (error) {
        await this.session.query("rollback").catch(() => {});
        throw error;
      } finally {
        await this.options.watch?.stepEnded();
      }
    });
  }

  /** @throws OpsError timeout, naming who held the lock */
  private async patiently(place: Place, body: () => Promise<void>): Promise<number> {
    const { clock, random, signal, progress } = this.context;
    const attempts = this.options.attempts ?? DEFAULT_ATTEMPTS;
    for (let lost = 0; ; lost++) {
      signal.throwIfAborted();
      const holders = this.watchHolders();
      try {
        await body();
        await holders.stop();
        return lost;
      } catch (error) {
        const who = await holders.stop();
        if (!LOST_TO_LOCK.includes(codeOf(error))) throw error;
        if (lost + 1 >= attempts) throw gaveUp(place, attempts, this.lockTimeout, who);
        for (const table of await makeWay(this.database, this.name, this.options.role))
          progress.say("info", `autovacuum of ${table} gave way`);
        const pause = Math.min(BACKOFF.most, BACKOFF.first * BACKOFF.factor ** lost) * (0.75 + random() / 2);
        progress.say(
          "info",
          `${where(place)} waited ${this.lockTimeout} ms for a lock in vain (held by ${who}); again in ${pause.toFixed(1)} s, try ${lost + 2} of ${attempts}`,
        );
        await clock.sleep(pause, signal);
      }
    }
  }

  /** Asks from a second connection, shortly before the wait ends, who is in the way: afterwards nobody could tell. */
  private watchHolders(): { stop(): Promise<string> } {
    let who = "";
    const controller = new AbortController();
    const asked = (async () => {
      await this.context.clock.sleep((this.lockTimeout * 0.6) / 1000, controller.signal);
      const [row] = await this.database.query<{ who: string | null }>(this.name, HOLDERS, LOCK);
      who = row?.who ?? "";
    })().catch(() => {});
    return {
      async stop() {
        controller.abort();
        await asked;
        return who || "a transaction that has ended since";
      },
    };
  }

  /** @throws OpsError fail with the place in the file */
  private async asRole<T>(
    sql: string,
    values: readonly unknown[],
    place: Place,
    statement: Statement,
  ): Promise<T[]> {
    const { role } = this.options;
    if (role !== undefined) await this.session.query(`set role ${quoted(role)}`);
    try {
      return (await this.session.query(sql, values)) as T[];
    } catch (error) {
      if (LOST_TO_LOCK.includes(codeOf(error)) || !refusedByServer(error)) throw error;
      throw failed(place, statement, error);
    } finally {
      if (role !== undefined) await this.session.query("reset role").catch(() => {}); // in an aborted transaction the rollback does it
    }
  }
}

interface Place {
  migration: Migration;
  direction: Direction;
  index: number;
  total: number;
}

/** The sessions in front of ours, without what they run: statements may hold personal data. */
const HOLDERS = `select string_agg(format('pid %s of %s, %s, its transaction %s old', a.pid,
           coalesce(a.usename, a.backend_type), coalesce(a.state, 'active'), date_trunc('milliseconds', clock_timestamp() - a.xact_start)), '; ') as who
      from pg_locks l, unnest(pg_blocking_pids(l.pid)) as b(pid) join pg_stat_activity a on a.pid = b.pid
     where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2`;

function where({ migration, direction, index, total }: Place): string {
  return `${migration.name} ${direction}, step ${index + 1} of ${total}`;
}

function gaveUp(place: Place, attempts: number, lockTimeout: number, who: string): OpsError {
  return new OpsError(
    "timeout",
    `${where(place)}: no lock in ${attempts} tries of ${lockTimeout} ms, held by ${who}`,
    {
      expected: "a moment in which nobody holds the table",
      todo: "end that transaction or wait for it, then run the same command again: it resumes at this step",
    },
  );
}

function failed(place: Place, statement: Statement, error: Error): OpsError {
  const file = `${place.migration.file}:${statement.line}:${statement.column}`;
  const committed = place.index === 0 ? "nothing of it is" : `steps 1 to ${place.index} are`;
  return new OpsError("fail", `${file}: ${error.message}`, {
    expected: `a statement that succeeds (${where(place)}; ${committed} committed)`,
    todo: "correct the data and run `ops migrate up` again, which resumes here; or revert with `ops migrate down`",
    cause: error,
  });
}

export function firstLine({ sql }: Statement): string {
  const line = sql.replace(/\s+/g, " ").trim();
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
