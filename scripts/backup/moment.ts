// The moment of a checkpoint: marked in the WAL, and proven to lie between commits.
import { OpsError } from "../core/errors";
import type { Core } from "../core/tools";
import type { SequenceState } from "../postgres/database-state";
import { Busy } from "../postgres/hold";
import type { Session } from "../postgres/port";
import { readSequences } from "../postgres/read-state";
import { type Checkpoint, sequencesAround } from "./checkpoint";

/** What is known of the moment itself; sequences by database, in order. */
export interface Marked
  extends Omit<Checkpoint, "databases" | "roles" | "globals" | "sharedBy" | "leftOut" | "lock"> {
  sequences: Checkpoint["databases"][string]["sequences"][];
}

/** One database whose writers are held, and its exported snapshot. */
export interface Quiet {
  lock: Session;
  snapshot: Session;
  exported: string;
}

/** Writes the restore point and proves that nothing committed around it. @throws Busy */
export async function markMoment(
  context: Pick<Core, "clock" | "signal">,
  held: readonly Quiet[],
  name: string,
): Promise<Marked> {
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

/**
 * Recovery reaches no state in which it could be paused and read while a snapshot has overflowed (more than 64 subtransactions
 * of one transaction). The exported snapshot's file says so (snapmgr.c); only who may read files of the server can know.
 * @throws Busy
 */
export async function requireReadable({ snapshot, exported }: Quiet): Promise<void> {
  const [{ allowed } = { allowed: false }] = await snapshot.query<{ allowed: boolean }>(
    "select has_function_privilege('pg_read_file(text)', 'execute') as allowed",
  );
  if (!allowed) return;
  const [row] = await snapshot.query<{ text: string }>("select pg_read_file('pg_snapshots/' || $1) as text", [
    exported,
  ]);
  if (/^sof:1$/m.test(row?.text ?? ""))
    throw new Busy(
      "a transaction with more than 64 subtransactions is running, at which recovery cannot stop",
    );
}
