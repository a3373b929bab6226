// One moment of several databases: snapshots between the same two commits, exported for pg_dump and for our own readers.
//
// Snapshots know transactions of the whole cluster: when all of them list the same running ones, no commit lies between them.
// They need no restore point and no SHARE lock, which a managed server may not give us.
import { OpsError } from "../core/errors";
import type { Core } from "../core/tools";
import {
  Busy,
  type Exported,
  exportSnapshot,
  type Holder,
  hold,
  openReader,
  requireHeld,
} from "../postgres/hold";
import type { Database, Session } from "../postgres/port";

export interface Moment {
  /** By the server's clock, ISO UTC. */
  at: string;
  /** What `pg_current_snapshot()` said in every database. */
  snapshot: string;
  /** Database → exported snapshot; valid until `close`. */
  exported: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Snapshots are taken within a millisecond or two; between busy commits, or beside a DROP or TRUNCATE, it takes a few tries. */
const MAX_ATTEMPTS = 60;
/** Longest pause between two tries, seconds, after one that found a table taken. */
const PAUSE_SECONDS = 0.5;

/** pg_dump keeps unlogged tables too. */
const SCOPE = { unlogged: true } as const;

/** @throws OpsError unavailable, timeout when a commit always fell between the databases, or a table was always taken */
export async function openMoment(
  context: Pick<Core, "clock" | "random" | "signal">,
  source: Database,
  databases: readonly string[],
): Promise<Moment> {
  let reason = "";
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const opened: Session[] = [];
    const close = async (): Promise<void> => {
      await Promise.all(opened.map((session) => session.close()));
    };
    try {
      const moment = await findMoment(source, databases, opened);
      if (moment) return { ...moment, close };
      reason = "a commit always fell between the databases";
    } catch (error) {
      if (!(error instanceof Busy)) {
        await close();
        throw error;
      }
      reason = error.message;
    }
    await close();
    await context.clock.sleep(
      0.02 + context.random() * PAUSE_SECONDS * (attempt / MAX_ATTEMPTS),
      context.signal,
    );
  }
  throw new OpsError(
    "timeout",
    `no common moment of ${databases.length} databases in ${MAX_ATTEMPTS} attempts: ${reason}`,
    {
      expected: "a millisecond or two without a commit, and no table that somebody alters",
      todo: "dump at a quieter hour",
    },
  );
}

/** @returns undefined when a commit fell between. @throws Busy */
async function findMoment(
  source: Database,
  databases: readonly string[],
  opened: Session[],
): Promise<Omit<Moment, "close"> | undefined> {
  // First everything is held, which takes no snapshot yet; then the snapshots, one right after the other.
  const holders: Holder[] = [];
  const snapshots: Session[] = [];
  for (const database of databases) {
    const holder = await hold(source, database, SCOPE);
    opened.push(holder.session);
    holders.push(holder);
    const session = await openReader(source, database);
    opened.push(session);
    await session.query("begin isolation level repeatable read read only");
    snapshots.push(session);
  }
  const found: Exported[] = await Promise.all(snapshots.map(exportSnapshot));
  const [first] = found;
  if (!first) throw new OpsError("unavailable", "the server has no database that accepts connections");
  if (found.some(({ snapshot }) => snapshot !== first.snapshot)) return undefined;
  for (const [i, session] of snapshots.entries()) await requireHeld(session, holders[i]!, SCOPE);
  const exported = Object.fromEntries(databases.map((name, i) => [name, found[i]!.exported]));
  return { at: first.at, snapshot: first.snapshot, exported };
}
