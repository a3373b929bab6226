// Takes a checkpoint: one moment at which the source's content is known exactly and to which recovery can go.
//
// The moment is proven, not assumed (moment.ts). Everything that will be read is held as it is, without queueing; writers are held by
// a short SHARE lock; a snapshot is exported; the moment is marked and proven. Only then are writers let go and the content
// read under the snapshot. As soon as anybody waits for us, everything is let go, and tried again later.
import { OpsError } from "../core/errors";
import type { PhaseProgress } from "../core/progress";
import type { Core } from "../core/tools";
import { makeWay } from "../postgres/autovacuum";
import { contentDatabases, listDatabases } from "../postgres/databases";
import {
  Busy,
  exportSnapshot,
  type Holder,
  hold,
  isLockTimeout,
  lockTables,
  openReader,
  requireHeld,
} from "../postgres/hold";
import { readInPeace } from "../postgres/let-go";
import type { Database, Session } from "../postgres/port";
import { readGlobals, readRoles } from "../postgres/read-shared";
import { readState } from "../postgres/read-state";
import { SHARED_BY } from "../postgres/shared-objects";
import type { Checkpoint } from "./checkpoint";
import { type Marked, markMoment, requireReadable } from "./moment";

/** Longest time one attempt may hold writers up, milliseconds; the bound for writers is 200. */
const LOCK_TIMEOUT_MS = 100;
/** Added for each table: with thousands, naming them all takes longer than the limit by itself. */
const LOCK_MS_A_TABLE = 0.02;
/** So many tries ask for locks without queueing at all; only then is so long queued, and only behind plain writers. */
const WITHOUT_QUEUE = 2;
/**
 * A busy system rarely needs more than a few attempts. Batch jobs hold their tables for long: pauses grow, so that all tries
 * together take about three minutes.
 */
const MAX_ATTEMPTS = 80;
/** Added to the longest pause with every attempt, and its limit, seconds. */
const PAUSE = { growth: 0.1, most: 10 } as const;
/** Attempts that lost against a lock before autovacuum is asked to give way again; it may have moved on to another table. */
const MAKE_WAY_EVERY = 10;
/** A server that no longer hears from us lets writers go by itself. */
const SILENCE_MS = 5_000;

const SCOPE = { unlogged: false } as const;

interface Held {
  database: string;
  holder: Holder;
  /** Holds SHARE on every table until the moment is over. */
  lock: Session;
  /** False: for want of rights, the moment is found where nobody happens to commit. */
  lockable: boolean;
  /** Holds the snapshot until everything is read. */
  snapshot: Session;
  exported: string;
}

/**
 * @param attempts after so many without a quiet moment it gives up; default 80, which bears a batch job of minutes
 * @throws OpsError unavailable, timeout (no quiet moment found, or somebody always waited for us; names whom)
 */
export async function takeCheckpoint(
  context: Pick<Core, "clock" | "newId" | "random" | "signal">,
  source: Database,
  progress?: PhaseProgress,
  attempts = MAX_ATTEMPTS,
): Promise<Checkpoint> {
  const { done, letGo } = await readInPeace(
    context,
    source,
    async (watched) => {
      for (;;) {
        const taken = await read(context, watched, progress, attempts);
        if (taken) return taken;
        progress?.note("a database was made or removed meanwhile; once more");
      }
    },
    (what) => progress?.note(what),
  );
  return { ...done, lock: { ...done.lock, ...(letGo.length > 0 ? { letGo } : {}) } };
}

/** @returns undefined when the databases at the moment are not those that were listed before it */
async function read(
  context: Pick<Core, "clock" | "newId" | "random" | "signal">,
  source: Database,
  progress: PhaseProgress | undefined,
  attempts: number,
): Promise<Checkpoint | undefined> {
  const databases = await contentDatabases(source);
  const { held, moment, lock } = await findMoment(context, source, databases, attempts, progress);
  try {
    const snapshots = Object.fromEntries(held.map((h) => [h.database, h.exported]));
    // Under the snapshot of the moment: a role or database that is made meanwhile is not on the copy.
    const { snapshot } = held[0]!;
    const { content, leftOut } = await listDatabases(snapshot);
    if (content.join("\0") !== databases.join("\0")) return undefined;
    const { roles, passwords } = await readRoles(snapshot);
    const globals = await readGlobals(snapshot);
    const states = await readState(source, databases, {
      snapshots,
      onBlocks: (done, total) => progress?.update(done * 8192, total * 8192, "B"),
    });
    held.forEach((h, i) => {
      states[h.database]!.sequences = moment.sequences[i] ?? [];
    });
    const { sequences: _, ...rest } = moment;
    const shared = { roles, passwords, globals, sharedBy: SHARED_BY };
    return { ...rest, lock, databases: states, ...shared, leftOut };
  } finally {
    await closeAll(held);
  }
}

async function findMoment(
  context: Pick<Core, "clock" | "newId" | "random" | "signal">,
  source: Database,
  databases: readonly string[],
  attempts: number,
  progress: PhaseProgress | undefined,
): Promise<{ held: Held[]; moment: Marked; lock: Checkpoint["lock"] }> {
  let reason = "";
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const held: Held[] = [];
    try {
      // Whatever takes time comes first: from the first lock on, writers wait for us.
      for (const database of databases) held.push(await holdRelations(source, database));
      const since = context.clock.seconds();
      // First every lock, then every snapshot: a snapshot older than another database's lock could never equal the last.
      for (const h of held) await holdWriters(h, attempt > WITHOUT_QUEUE);
      for (const h of held) await openSnapshot(h);
      // A name of its own for every try: recovery stops at the first restore point of that name.
      const moment = await markMoment(context, held, `ops-${context.newId()}`);
      // Nothing is held by them any more, and connections are production's.
      for (const h of held) await h.lock.query("commit").then(() => h.lock.close());
      const heldSeconds = context.clock.seconds() - since;
      for (const h of held) await requireHeld(h.snapshot, h.holder, SCOPE);
      await requireReadable(held[0]!);
      return { held, moment, lock: { heldSeconds, attempts: attempt } };
    } catch (error) {
      await closeAll(held);
      if (!(error instanceof Busy) && !isLockTimeout(error)) throw error;
      reason = error instanceof Error ? error.message : String(error);
      if (attempt % MAKE_WAY_EVERY === 1) for (const database of databases) await makeWay(source, database);
    }
    if (attempt === attempts) break;
    progress?.note(`no quiet moment yet (${reason}); try ${attempt + 1} of ${attempts}`);
    const longest = Math.min(PAUSE.most, attempt * PAUSE.growth);
    await context.clock.sleep(0.05 + context.random() * longest, context.signal);
  }
  throw new OpsError("timeout", `no moment without concurrent commits in ${attempts} attempts: ${reason}`, {
    expected: `every table lockable in SHARE mode within ${LOCK_TIMEOUT_MS} ms (or, for a role that may not hold writers, nobody who commits)`,
    todo: `wait for the session that holds tables longest, or end it: ${await oldestHolder(source)}`,
  });
}

/** Every session that the moment needs, and everything that will be read held as it is, which no writer notices. */
async function holdRelations(source: Database, database: string): Promise<Held> {
  const opened: Session[] = [];
  const open = async (): Promise<Session> => {
    const session = await openReader(source, database);
    opened.push(session);
    return session;
  };
  try {
    const [lock, snapshot] = [await open(), await open()];
    const holder = await hold(source, database, SCOPE);
    opened.push(holder.session);
    return { database, holder, lock, lockable: await mayHoldWriters(lock), snapshot, exported: "" };
  } catch (error) {
    await Promise.all(opened.map((session) => session.close()));
    throw error;
  }
}

/** @param queue ask again, behind those who write just now, for the time that they may be held up */
async function holdWriters({ lock, lockable, snapshot, holder }: Held, queue: boolean): Promise<void> {
  await lock.query("begin");
  if (!lockable) return;
  await lock.query(`set local idle_in_transaction_session_timeout = ${SILENCE_MS}`);
  const limit = Math.ceil(LOCK_TIMEOUT_MS + LOCK_MS_A_TABLE * holder.relations.length);
  await lock.query(`set local statement_timeout = ${limit}`);
  if (queue) await requireNoneStronger(lock, holder);
  await lockTables(lock, holder.relations, "share", queue ? "" : "nowait");
  // A snapshot knows of transactions that began before the last that ended: with one of ours, of all that run now.
  await snapshot.query("select pg_current_xact_id()");
}

/** SHARE is given to who may write to the table, and since PostgreSQL 17 to who maintains it. */
async function mayHoldWriters(lock: Session): Promise<boolean> {
  const [row] = await lock.query<{ may: boolean }>(
    `select coalesce(bool_and(has_table_privilege(c.oid, 'update') or has_table_privilege(c.oid, 'delete')
                              or exists (select from pg_roles r where r.rolname = 'pg_maintain' and pg_has_role(r.oid, 'usage'))), true) as may
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`,
  );
  return row?.may ?? true;
}

/** Behind a schema change, one that waits too, everybody would queue behind us for as long as it takes. @throws Busy */
async function requireNoneStronger(lock: Session, { relations }: Holder): Promise<void> {
  const [found] = await lock.query<{ mode: string }>(
    `select mode from pg_locks
      where locktype = 'relation' and database = (select oid from pg_database where datname = current_database())
        and relation::text = any ($1) and (not granted or mode not in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock'))
      limit 1`,
    [relations.map(({ oid }) => oid)],
  );
  if (found) throw new Busy(`a table is held, or waited for, in mode ${found.mode}`);
}

async function openSnapshot(held: Held): Promise<void> {
  await held.snapshot.query("begin isolation level repeatable read read only");
  held.exported = (await exportSnapshot(held.snapshot)).exported;
}

/**
 * Who has held a table the longest in a mode that SHARE conflicts with: a session, or a prepared transaction, which no session
 * shows. What it runs may hold personal data: not shown.
 */
async function oldestHolder(source: Database): Promise<string> {
  const [row] = await source.query<{ what: string }>(
    source.maintenance,
    `with holders as (
       select coalesce(l.pid::text, l.virtualtransaction) as whose, l.pid, l.virtualtransaction, min(l.mode) as mode
         from pg_locks l
        where l.granted and l.locktype = 'relation' and l.relation >= 16384
          and l.mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                         'AccessExclusiveLock') group by 1, 2, 3)
     select what from (
       select a.xact_start as since,
              format('pid %s of %s in %s, running for %s, with a %s', a.pid, coalesce(a.usename, a.backend_type), a.datname,
                     date_trunc('second', clock_timestamp() - a.xact_start), h.mode) as what
         from holders h join pg_stat_activity a on a.pid = h.pid
       union all
       select p.prepared, format('prepared transaction %L of %s in %s, prepared %s ago, with a %s; end it by COMMIT PREPARED or ROLLBACK PREPARED',
                                 p.gid, p.owner, p.database, date_trunc('second', clock_timestamp() - p.prepared), h.mode)
         from holders h
         join pg_locks x on x.pid is null and x.virtualtransaction = h.virtualtransaction and x.locktype = 'transactionid'
         join pg_prepared_xacts p on p.transaction = x.transactionid where h.pid is null) as all_of_them order by since limit 1`,
  );
  return row?.what ?? "none is visible now";
}

async function closeAll(held: readonly Held[]): Promise<void> {
  await Promise.all(held.flatMap((h) => [h.lock.close(), h.snapshot.close(), h.holder.session.close()]));
}
