// One run at a time on a database, held by the very connection that works: when either dies, so does the other.
import { OpsError } from "../core/errors";
import type { Core } from "../core/tools";
import type { Session } from "../postgres/port";

/** Key of the advisory lock: "ops", "migr". One a database, whoever runs it from wherever. */
export const LOCK = [0x6f7073, 0x6d696772] as const;
/** A run that was killed lets go as soon as the server notices, within client_connection_check_interval (1 s). */
const LOCK_PATIENCE_SECONDS = 5;

/** @throws OpsError locked, config */
export async function takeLock(context: Pick<Core, "clock" | "signal">, session: Session): Promise<void> {
  const since = context.clock.seconds();
  for (;;) {
    const [row] = await session.query<{ taken: boolean }>(
      "select pg_try_advisory_lock($1, $2) as taken",
      LOCK,
    );
    if (row?.taken) break;
    if (context.clock.seconds() - since > LOCK_PATIENCE_SECONDS) {
      const [holder] = await session.query<{ who: string }>(
        `select format('pid %s of %s, connected since %s', a.pid, a.usename, date_trunc('second', a.backend_start)) as who
           from pg_locks l join pg_stat_activity a using (pid)
          where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2`,
        LOCK,
      );
      throw new OpsError(
        "locked",
        `another run migrates this database: ${holder?.who ?? "it ended a moment ago"}`,
        {
          expected: "one run at a time",
          todo: "wait for it; if its program is dead, end that server process with pg_terminate_backend",
        },
      );
    }
    await context.clock.sleep(0.2, context.signal);
  }
  // A pooler would hand the next statement to another server process, and the lock with it to nobody.
  const [held] = await session.query<{ held: boolean }>(
    `select exists (select from pg_locks where locktype = 'advisory' and granted and pid = pg_backend_pid()
                       and classid = $1 and objid = $2) as held`,
    LOCK,
  );
  if (!held?.held) {
    throw new OpsError(
      "config",
      "the connection goes through a pooler: the lock was taken by another server process",
      {
        expected: "a direct connection to PostgreSQL",
        todo: "set `database` in the platform file to the server itself",
      },
    );
  }
}
