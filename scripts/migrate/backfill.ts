// A backfill: one statement over many short transactions, each of which remembers how far it came.
import { OpsError } from "../core/errors";
import type { Core } from "../core/tools";
import type { Session } from "../postgres/port";
import type { Direction, Migration, Statement } from "./migration";

export interface BackfillRun {
  context: Pick<Core, "clock" | "signal">;
  session: Session;
  migration: Migration;
  direction: Direction;
  step: number;
  statement: Statement;
  /** Runs a transaction with the runner's timeouts, role and retries. */
  transaction(body: () => Promise<void>): Promise<void>;
  /** Runs a statement as the role of the migrations, our own questions of its tables too. */
  asRole<T>(sql: string, values: readonly unknown[]): Promise<T[]>;
  /** Asks about the server, as who may see it. */
  ask<T extends Record<string, unknown>>(sql: string): Promise<T[]>;
  onProgress(done: number, total: number): void;
}

interface Progress extends Record<string, unknown> {
  first: string;
  last: string;
  until: string;
}

/** A replica may fall so far behind before the backfill waits for it, seconds. */
const REPLICA_LAG_SECONDS = 10;

/** @returns batches run now. Ends before the keys that were added after it began: the release writes those whole. */
export async function runBackfill(run: BackfillRun): Promise<number> {
  const { session, statement, context } = run;
  const { table, key, batch, pause } = statement.backfill!;
  const at = [run.migration.number, run.direction, run.step];
  let progress = (await readProgress(session, at)) ?? (await start(run, at, table, key));
  let batches = 0;
  while (progress && BigInt(progress.last) < BigInt(progress.until)) {
    context.signal.throwIfAborted();
    const since = context.clock.seconds();
    const { last, until } = progress;
    let next = until;
    await run.transaction(async () => {
      const [row] = await run.asRole<{ next: string | null }>(
        `select max(k)::text as next from (select ${key} as k from ${table} where ${key} > $1::bigint and ${key} <= $2::bigint order by ${key} limit ${batch}) batch`,
        [last, until],
      );
      next = row?.next ?? until;
      await run.asRole(statement.sql, [last, next]);
      await session.query(
        "update ops_migrations.backfill set last_key = $4 where number = $1 and direction = $2 and step = $3",
        [...at, next],
      );
    });
    progress = { ...progress, last: next };
    batches++;
    const [first, end] = [BigInt(progress.first), BigInt(until)];
    run.onProgress(Number(BigInt(next) - first), Number(end - first));
    const took = context.clock.seconds() - since;
    if (next !== until) await context.clock.sleep(Math.max(pause / 1000, took), context.signal);
    await awaitReplicas(run);
  }
  return batches;
}

async function readProgress(session: Session, at: readonly unknown[]): Promise<Progress | undefined> {
  const [row] = await session.query<Progress>(
    `select first_key::text as first, last_key::text as last, until_key::text as until from ops_migrations.backfill
      where number = $1 and direction = $2 and step = $3`,
    at,
  );
  return row;
}

/** Undefined when the table is empty. @throws OpsError migration when the key is no whole number */
async function start(
  { session, asRole }: BackfillRun,
  at: readonly unknown[],
  table: string,
  key: string,
): Promise<Progress | undefined> {
  const [column] = await session.query<{ type: string }>(
    "select format_type(atttypid, null) as type from pg_attribute where attrelid = $1::regclass and attname = $2",
    [table, key],
  );
  if (!/^(smallint|integer|bigint)$/.test(column?.type ?? "")) {
    throw new OpsError("migration", `${table}.${key} is ${column?.type ?? "no column"}`, {
      expected: "a whole-number key: batches are ranges of it",
      todo: "name another key in ops:backfill",
    });
  }
  const [range] = await asRole<{ first: string | null; until: string | null }>(
    `select (min(${key})::bigint - 1)::text as first, max(${key})::text as until from ${table}`,
    [],
  );
  if (!range || range.first === null || range.until === null) return undefined;
  const { first, until } = range;
  await session.query(
    `insert into ops_migrations.backfill (number, direction, step, first_key, last_key, until_key) values ($1, $2, $3, $4, $4, $5)`,
    [...at, first, until],
  );
  return { first, last: first, until };
}

async function awaitReplicas({ ask, context }: BackfillRun): Promise<void> {
  for (;;) {
    const [row] = await ask<{ lag: number | null }>(
      "select extract(epoch from max(replay_lag))::float8 as lag from pg_stat_replication",
    );
    if ((row?.lag ?? 0) <= REPLICA_LAG_SECONDS) return;
    await context.clock.sleep(1, context.signal);
  }
}
