// Takes a checkpoint: one moment at which the source's content is known exactly and to which recovery can go.
//
// The moment is proven, not assumed. Writers are held by a short SHARE lock; a snapshot is exported; the restore point
// is written; then a second snapshot must equal the first (nothing committed in between), and no transaction of the
// first may be just about to have committed. Sequences obey neither lock nor snapshot: they are read before and after.
// Only then are the locks let go and the content read under the snapshot.
import { codeOf, OpsError } from "../core/errors";
import type { PhaseProgress } from "../core/progress";
import type { Core } from "../core/tools";
import { makeWay } from "../postgres/autovacuum";
import type { SequenceState } from "../postgres/database-state";
import { qualified } from "../postgres/fingerprint";
import type { Database, Session } from "../postgres/port";
import { contentDatabases, readRoles, readSequences, readState, withoutLimit } from "../postgres/read-state";
import { type Checkpoint, sequencesAround } from "./checkpoint";

/** Longest time one attempt may hold writers up, milliseconds; the bound for writers is 200. */
const LOCK_TIMEOUT_MS = 100;
/**
 * A busy system rarely needs more than two attempts. Batch jobs hold their tables for long: pauses grow, so that all tries
 * together take about three minutes.
 */
const MAX_ATTEMPTS = 80;
/** Added to the longest pause with every attempt, and its limit, seconds. */
const PAUSE = { growth: 0.1, most: 10 } as const;
/** Attempts that lost against a lock before autovacuum is asked to give way again; it may have moved on to another table. */
const MAKE_WAY_EVERY = 10;

interface Relation extends Record<string, unknown> {
  schema: string;
  name: string;
  kind: string;
}

interface Held {
  database: string;
  relations: readonly Relation[];
  /** Holds SHARE on every table until the moment is over. */
  lock: Session;
  /** Holds the snapshot, and ACCESS SHARE so that nothing is truncated or dropped under it, until everything is read. */
  snapshot: Session;
  exported: string;
}

interface Moment extends Omit<Checkpoint, "databases" | "roles" | "lock"> {
  sequences: Checkpoint["databases"][string]["sequences"][];
}

/**
 * @param attempts after so many without a quiet moment it gives up; default 80, which bears a batch job of minutes
 * @throws OpsError unavailable, timeout (no quiet moment found; names the oldest writer)
 */
export async function takeCheckpoint(
  context: Pick<Core, "clock" | "newId" | "random" | "signal">,
  source: Database,
  progress?: PhaseProgress,
  attempts = MAX_ATTEMPTS,
): Promise<Checkpoint> {
  const name = `ops-${context.newId()}`;
  const databases = await contentDatabases(source);
  const { held, moment, lock } = await findMoment(context, source, databases, name, attempts, progress);
  try {
    const snapshots = Object.fromEntries(held.map((h) => [h.database, h.exported]));
    const roles = await readRoles(source);
    const states = await readState(source, databases, {
      snapshots,
      onBlocks: (done, total) => progress?.update(done * 8192, total * 8192, "B"),
    });
    held.forEach((h, i) => {
      states[h.database]!.sequences = moment.sequences[i] ?? [];
    });
    const { sequences: _, ...rest } = moment;
    return { ...rest, lock, databases: states, roles };
  } finally {
    await closeAll(held);
  }
}

async function findMoment(
  context: Pick<Core, "clock" | "random" | "signal">,
  source: Database,
  databases: readonly string[],
  name: string,
  attempts: number,
  progress: PhaseProgress | undefined,
): Promise<{ held: Held[]; moment: Moment; lock: Checkpoint["lock"] }> {
  let reason = "";
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const held: Held[] = [];
    const since = context.clock.seconds();
    try {
      // First every lock, then every snapshot: a snapshot older than another database's lock could never equal the last.
      for (const database of databases) held.push(await holdWriters(source, database));
      for (const h of held) await openSnapshot(h);
      const moment = await mark(context, held, name);
      for (const h of held) await h.lock.query("commit");
      return { held, moment, lock: { heldSeconds: context.clock.seconds() - since, attempts: attempt } };
    } catch (error) {
      await closeAll(held);
      if (!(error instanceof Busy) && !isLockTimeout(error)) throw error;
      reason = error instanceof Error ? error.message : String(error);
      if (!(error instanceof Busy) && attempt % MAKE_WAY_EVERY === 1)
        for (const database of databases) await makeWay(source, database);
    }
    progress?.note(`no quiet moment yet (${reason}); try ${attempt + 1} of ${attempts}`);
    const longest = Math.min(PAUSE.most, attempt * PAUSE.growth);
    await context.clock.sleep(0.05 + context.random() * longest, context.signal);
  }
  throw new OpsError("timeout", `no moment without concurrent commits in ${attempts} attempts: ${reason}`, {
    expected: `every table lockable in SHARE mode within ${LOCK_TIMEOUT_MS} ms`,
    todo: `wait for the session that holds tables longest, or end it: ${await oldestHolder(source)}`,
  });
}

/** Something committed, or may have, inside the moment. Try again. */
class Busy extends Error {}

async function holdWriters(source: Database, database: string): Promise<Held> {
  const lock = await source.session(database);
  let snapshot: Session | undefined;
  try {
    snapshot = await source.session(database);
    const relations = await lock.query<Relation>(
      `select n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm') and c.relpersistence = 'p' and c.relispopulated
          and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by c.oid`,
    );
    await withoutLimit(lock);
    await lock.query("begin");
    await lockTables(lock, relations, "share");
    return { database, lock, snapshot, relations, exported: "" };
  } catch (error) {
    await Promise.all([lock.close(), snapshot?.close()]);
    throw error;
  }
}

async function openSnapshot(held: Held): Promise<void> {
  const { snapshot, relations } = held;
  await withoutLimit(snapshot);
  await snapshot.query("begin isolation level repeatable read read only");
  await lockTables(snapshot, relations, "access share");
  const [row] = await snapshot.query<{ exported: string }>("select pg_export_snapshot() as exported");
  held.exported = row!.exported;
  // LOCK TABLE refuses materialized views; reading none of their rows locks them as well.
  for (const view of relations.filter((relation) => relation.kind === "m")) {
    await snapshot.query(`select from ${qualified(view)} limit 0`);
  }
  await snapshot.query("set local statement_timeout = 0");
}

async function lockTables(session: Session, relations: readonly Relation[], mode: string): Promise<void> {
  const tables = relations
    .filter((relation) => relation.kind === "r")
    .map((table) => `only ${qualified(table)}`);
  await session.query(`set local statement_timeout = ${LOCK_TIMEOUT_MS}`);
  if (tables.length > 0) await session.query(`lock table ${tables.join(", ")} in ${mode} mode`);
}

/** Writes the restore point and proves that nothing committed around it. @throws Busy */
async function mark(
  context: Pick<Core, "clock" | "signal">,
  held: readonly Held[],
  name: string,
): Promise<Moment> {
  const first = held[0];
  if (!first) throw new OpsError("unavailable", "the server has no database that accepts connections");
  const before: SequenceState[][] = [];
  for (const h of held) before.push(await readSequences(h.lock));
  const visible = await Promise.all(held.map((h) => currentSnapshot(h.snapshot)));

  const { target, lsn } = await restorePoint(context, first.lock, name);

  const now = await currentSnapshot(first.lock);
  if (visible.some((snapshot) => snapshot !== now))
    throw new Busy("a transaction committed inside the moment");
  const committing = await possiblyCommitting(first.lock, now);
  if (committing.length > 0) throw new Busy(`transaction ${committing.join(", ")} may have been committing`);

  const sequences: SequenceState[][] = [];
  for (const [i, h] of held.entries()) {
    const around = sequencesAround(before[i] ?? [], await readSequences(h.lock));
    if (!around) throw new Busy("a sequence was set back inside the moment");
    sequences.push(around);
  }

  const [facts] = await first.lock.query<
    Record<"at" | "segment" | "segment_bytes" | "system" | "version", string>
  >(
    `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
            pg_walfile_name($1::pg_lsn) as segment, pg_size_bytes(current_setting('wal_segment_size'))::text as segment_bytes,
            (select system_identifier::text from pg_control_system()) as system,
            current_setting('server_version') as version`,
    [lsn],
  );
  return {
    name,
    at: target === "time" ? await restorePointTime(first.lock) : facts!.at,
    target,
    lsn,
    segment: facts!.segment,
    segmentBytes: Number(facts!.segment_bytes),
    timeline: Number.parseInt(facts!.segment.slice(0, 8), 16),
    systemIdentifier: facts!.system,
    serverVersion: facts!.version,
    sequences,
  };
}

/**
 * The named restore point, or, where we may not create one (managed servers), the end of a whole second: the lock is
 * held across it, so no commit lies between the snapshot and that time, which then serves as the recovery target.
 */
async function restorePoint(
  context: Pick<Core, "clock" | "signal">,
  session: Session,
  name: string,
): Promise<{ target: Checkpoint["target"]; lsn: string }> {
  const [{ allowed } = { allowed: false }] = await session.query<{ allowed: boolean }>(
    "select has_function_privilege('pg_create_restore_point(text)', 'execute') as allowed",
  );
  if (allowed) {
    const [row] = await session.query<{ lsn: string }>("select pg_create_restore_point($1)::text as lsn", [
      name,
    ]);
    return { target: "restore-point", lsn: row!.lsn };
  }
  const [wait] = await session.query<{ seconds: string }>(
    "select (1 - extract(microseconds from clock_timestamp())::int8 % 1000000 / 1e6)::text as seconds",
  );
  await context.clock.sleep(Number(wait!.seconds) + 0.01, context.signal);
  const [row] = await session.query<{ lsn: string }>("select pg_current_wal_insert_lsn()::text as lsn");
  return { target: "time", lsn: row!.lsn };
}

/** The whole second just passed. */
async function restorePointTime(session: Session): Promise<string> {
  const [row] = await session.query<{ at: string }>(
    `select to_char(date_trunc('second', clock_timestamp()) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  return row!.at;
}

async function currentSnapshot(session: Session): Promise<string> {
  const [row] = await session.query<{ snapshot: string }>("select pg_current_snapshot()::text as snapshot");
  return row!.snapshot;
}

/**
 * A commit record is written before its transaction leaves the snapshot. A transaction that is still in the snapshot
 * is harmless only if it visibly is not committing: idle in transaction, waiting for a lock, or prepared.
 */
async function possiblyCommitting(session: Session, snapshot: string): Promise<string[]> {
  const rows = await session.query<{ xid: string }>(
    `select x::text as xid from pg_snapshot_xip($1::pg_snapshot) as x
      where not exists (select from pg_stat_activity a
                         where a.backend_xid = x::xid
                           and (a.state like 'idle in transaction%' or a.wait_event_type = 'Lock'))
        and not exists (select from pg_prepared_xacts p where p.transaction = x::xid)`,
    [snapshot],
  );
  return rows.map((row) => row.xid);
}

/** Who has held a table the longest in a mode that SHARE conflicts with. What it runs may hold personal data: not shown. */
async function oldestHolder(source: Database): Promise<string> {
  const [row] = await source.query<{ what: string }>(
    source.maintenance,
    `select format('pid %s of %s in %s, running for %s, with a %s', a.pid, coalesce(a.usename, a.backend_type), a.datname,
                   date_trunc('second', clock_timestamp() - a.xact_start), l.mode) as what
       from pg_stat_activity a
       join lateral (select mode from pg_locks
                      where pid = a.pid and granted and locktype = 'relation' and relation >= 16384
                        and mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock',
                                     'ExclusiveLock', 'AccessExclusiveLock') limit 1) l on true
      order by a.xact_start limit 1`,
  );
  return row?.what ?? "none is visible now";
}

function isLockTimeout(error: unknown): boolean {
  // query_canceled (statement_timeout), lock_not_available, deadlock_detected
  return ["57014", "55P03", "40P01"].includes(codeOf(error));
}

async function closeAll(held: readonly Held[]): Promise<void> {
  await Promise.all(held.flatMap((h) => [h.lock.close(), h.snapshot.close()]));
}
