// Lets go of a database as soon as somebody waits for us there: what we read can be read later, what production does cannot.
import type { Clock } from "../core/clock";
import { OpsError } from "../core/errors";
import type { Core } from "../core/tools";
import type { Database, Session } from "./port";

/** Nobody queues behind a session of ours for longer, seconds. */
export const WAIT_BOUND_SECONDS = 1;
/** We let go after this share of the bound: seeing it and ending sessions takes time, more on a busy machine. */
const LET_GO_AFTER = 0.5;
const LOOK_EVERY_SECONDS = 0.1;

/** Somebody waited; everything was let go before the bound was reached. */
export class LetGo extends OpsError {
  constructor(what: string, cause?: unknown) {
    super("timeout", what, {
      expected: `nobody who must wait for us longer than ${WAIT_BOUND_SECONDS} s`,
      todo: "run the job at an hour in which nobody alters, truncates or drops tables",
      cause,
    });
  }
}

/** How often work begins anew after somebody waited for it, and the longest pauses before, seconds. */
const TRIES = 5;
const PAUSE_GROWTH = 10;

/**
 * Does work as `whileNobodyWaits` does, and does it again later when somebody waited.
 * @param onLetGo told before each new try
 * @returns with what was done, for whom it was let go before
 * @throws LetGo when somebody always waited; otherwise what `work` throws
 */
export async function readInPeace<T>(
  { clock, random, signal }: Pick<Core, "clock" | "random" | "signal">,
  source: Database,
  work: (database: Database) => Promise<T>,
  onLetGo: (what: string) => void = () => {},
): Promise<{ done: T; letGo: string[] }> {
  const letGo: string[] = [];
  for (;;) {
    try {
      return { done: await whileNobodyWaits(clock, source, work), letGo };
    } catch (error) {
      if (!(error instanceof LetGo)) throw error;
      letGo.push(error.message);
      if (letGo.length === TRIES)
        throw new LetGo(`reading the source was let go ${TRIES} times: ${error.message}`, error);
      onLetGo(`let go, because ${error.message}; try ${letGo.length + 1} of ${TRIES}`);
    }
    await clock.sleep(letGo.length * PAUSE_GROWTH * random(), signal);
  }
}

interface Waiter extends Record<string, unknown> {
  what: string;
}

/** Who waits for one of these sessions, and since when. What they run may hold personal data: not shown. */
const WAITERS = `
  select format('pid %s of %s in %s waited for %s', a.pid, a.usename, a.datname, l.mode) as what
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
   where not l.granted and l.pid <> all ($1::int[])
     and extract(epoch from clock_timestamp() - (to_jsonb(l) ->> 'waitstart')::timestamptz) >= $2::float8
     and pg_blocking_pids(l.pid) && $1::int[]
   order by to_jsonb(l) ->> 'waitstart' limit 1`;

/**
 * Does work whose sessions are watched. When anybody waits for one of them all are ended, by the server, and the programs of
 * PostgreSQL that work beside them are stopped.
 * @param work is given the database to work with; it fails as soon as sessions are ended
 * @throws LetGo then; otherwise what `work` throws
 */
export async function whileNobodyWaits<T>(
  clock: Clock,
  source: Database,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const open = new Set<Session>();
  const stop = new AbortController();
  const watch = await source.session(source.maintenance);
  let ended = false;
  let waiter: Waiter | undefined;
  let blind: unknown;
  const watching = (async () => {
    while (!ended && !waiter) {
      const seconds = WAIT_BOUND_SECONDS * LET_GO_AFTER;
      [waiter] = await watch.query<Waiter>(WAITERS, [pidsOf(open), seconds]);
      if (waiter) await endAll(watch, open, stop);
      else await clock.sleep(LOOK_EVERY_SECONDS);
    }
  })().catch((error: unknown) => {
    blind = error;
    stop.abort(); // nobody watches any more: then nothing may be held either
    for (const session of open) void session.close();
  });
  try {
    return await work(watched(source, open, stop.signal));
  } catch (error) {
    throw waiter ? new LetGo(waiter.what, error) : (blind ?? error);
  } finally {
    ended = true;
    await watching;
    await watch.close();
  }
}

/** By the server: one that is busy would not hear from us that we are gone. */
async function endAll(watch: Session, open: ReadonlySet<Session>, stop: AbortController): Promise<void> {
  await watch.query("select pg_terminate_backend(pid) from unnest($1::int[]) as pid", [pidsOf(open)]);
  stop.abort();
  for (const session of open) void session.close();
}

function pidsOf(sessions: ReadonlySet<Session>): number[] {
  return [...sessions].map(({ pid }) => pid);
}

function watched(source: Database, open: Set<Session>, signal: AbortSignal): Database {
  const session = async (database: string): Promise<Session> => {
    signal.throwIfAborted();
    const opened = await source.session(database);
    open.add(opened);
    return {
      ...opened,
      async close() {
        await opened.close();
        open.delete(opened);
      },
    };
  };
  const both = (other: AbortSignal | undefined): AbortSignal =>
    other ? AbortSignal.any([other, signal]) : signal;
  return {
    ...source,
    session,
    async query(database, sql, values) {
      const one = await session(database);
      try {
        return await one.query(sql, values);
      } finally {
        await one.close();
      }
    },
    dumpSchema: (database, snapshot) => source.dumpSchema(database, snapshot, signal),
    dumpArchive: (database, file, options) =>
      source.dumpArchive(database, file, { ...options, signal: both(options?.signal) }),
  };
}
