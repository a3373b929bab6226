// Lets go of a database as soon as somebody waits for us there: what we read can be read later, what production does cannot.
// The server itself watches, and ends our sessions: we may be stopped, or cut off, while they hold what others want.
import { OpsError } from "../core/errors";
import type { Core } from "../core/tools";
import { openReader } from "./hold";
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
      return { done: await whileNobodyWaits(source, work), letGo };
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

/** By what the server knows the sessions of one watched work. Nobody can guess it, and nobody but our own role can use it. */
interface Mark {
  /** First half of an advisory lock that each session holds; the second is another for each, so that nobody stands in its way. */
  key: number;
  /** `application_name` of PostgreSQL's programs, which take no locks of ours. */
  name: string;
}

/** 28 bits that nobody knows before. */
const DRAWN = "('x' || substr(md5(gen_random_uuid()::text), 1, 7))::bit(28)::int";

/**
 * Runs on the server until the session `anchor` ends, or somebody waits for one of the marked sessions: ends them all, and
 * leaves who it was in `ops.waiter`. What waiters run may hold personal data: not shown.
 *
 * Whoever copies, renames or drops a database waits for no lock: he holds one, looks for five seconds whether everybody else has
 * left (CountOtherDBBackends in procarray.c), and then fails.
 */
const watch = (anchor: Session, { key, name }: Mark): string => `do $watch$
  declare
    ours int[];
    waiter text;
  begin
    perform set_config('ops.waiter', '', false);
    loop
      perform pg_stat_clear_snapshot();
      exit when not exists (select from pg_stat_activity where pid = ${anchor.pid});
      ours := array(select a.pid from pg_stat_activity a
                     where a.usename = current_user
                       and (a.application_name = '${name}' or exists (
                             select from pg_locks l where l.pid = a.pid and l.granted and l.locktype = 'advisory'
                                                     and l.classid = ${key} and l.objsubid = 2)));
      select w.what into waiter from (
        select (to_jsonb(l) ->> 'waitstart')::timestamptz as since,
               format('pid %s of %s in %s waited for %s', a.pid, a.usename, a.datname, l.mode) as what
          from pg_locks l join pg_stat_activity a on a.pid = l.pid
         where not l.granted and l.pid <> all (ours) and pg_blocking_pids(l.pid) && ours
        union all
        select a.query_start, format('pid %s of %s waited until nobody is in database %s', a.pid, a.usename, d.datname)
          from pg_locks l join pg_stat_activity a on a.pid = l.pid join pg_database d on d.oid = l.objid
         where l.granted and l.locktype = 'object' and l.classid = 'pg_database'::regclass
           and l.mode in ('ShareLock', 'AccessExclusiveLock') and l.pid <> all (ours) and a.state = 'active'
           and exists (select from pg_stat_activity o where o.pid = any (ours || array[${anchor.pid}, pg_backend_pid()]) and o.datid = d.oid)
      ) as w
       where extract(epoch from clock_timestamp() - w.since) >= ${WAIT_BOUND_SECONDS * LET_GO_AFTER} order by w.since limit 1;
      if waiter is not null then
        perform set_config('ops.waiter', waiter, false);
        perform pg_terminate_backend(pid) from unnest(ours) as pid;
        exit;
      end if;
      perform pg_sleep(${LOOK_EVERY_SECONDS});
    end loop;
  end $watch$`;

/**
 * Does work whose sessions are watched. When anybody waits for one of them all are ended, by the server, and with them those of
 * PostgreSQL's programs that work beside them.
 * @param work is given the database to work with; it fails as soon as sessions are ended
 * @throws LetGo then; otherwise what `work` throws
 */
export async function whileNobodyWaits<T>(
  source: Database,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const open = new Set<Session>();
  const stop = new AbortController();
  const leave = (): void => {
    stop.abort();
    for (const session of open) void session.close();
  };
  const anchor = await source.session(source.maintenance);
  const mark = await markOf(anchor);
  let waiter = "";
  let blind: unknown;
  const watching = watchFrom(source, anchor, mark).then(
    (who) => {
      waiter = who;
      if (who !== "") leave();
    },
    (error: unknown) => {
      blind = error;
      leave(); // nobody watches any more: then nothing may be held either
    },
  );
  const end = async (): Promise<void> => {
    await anchor.close();
    await watching;
    await Promise.all([...open].map((session) => session.close())); // what failed work has left
  };
  try {
    return await work(watched(source, mark, open, stop.signal));
  } catch (error) {
    await end(); // sessions are ended before it is told for whom
    throw waiter === "" ? (blind ?? error) : new LetGo(waiter, error);
  } finally {
    await end();
  }
}

async function markOf(anchor: Session): Promise<Mark> {
  const [row] = await anchor.query<{ key: number }>(`select ${DRAWN} as key`);
  return { key: row!.key, name: `ops ${row!.key}` };
}

/** @returns who waited; empty when the anchor ended before anybody did */
async function watchFrom(source: Database, anchor: Session, mark: Mark): Promise<string> {
  const session = await openReader(source, source.maintenance); // no limit of transactions either
  try {
    await session.query("set statement_timeout = 0");
    await session.query(watch(anchor, mark));
    const [row] = await session.query<{ waiter: string }>("select current_setting('ops.waiter') as waiter");
    return row?.waiter ?? "";
  } finally {
    await session.close();
  }
}
function watched(source: Database, { key, name }: Mark, open: Set<Session>, signal: AbortSignal): Database {
  const session = async (database: string): Promise<Session> => {
    signal.throwIfAborted();
    const opened = await source.session(database);
    open.add(opened);
    const close = async (): Promise<void> => {
      await opened.close();
      open.delete(opened);
    };
    try {
      await opened.query(`select pg_try_advisory_lock(${key}, ${DRAWN})`);
      signal.throwIfAborted(); // the server did not know of it when it ended the others
    } catch (error) {
      await close();
      throw error;
    }
    return { ...opened, close };
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
    dumpSchema: (database, options) => source.dumpSchema(database, { ...options, name, signal }),
    dumpArchive: (database, file, options) =>
      source.dumpArchive(database, file, { ...options, name, signal: both(options?.signal) }),
  };
}
