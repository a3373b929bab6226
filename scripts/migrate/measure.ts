// Measures one run of a migration on a copy: its locks and how long they were held, WAL, growth. Changes nothing.

import type { Clock } from "../core/clock";
import type { Database, Session } from "../postgres/port";
import { LOCK_MODES, type LockMode, modeOf } from "./lock-modes";
import type { Step } from "./migration";
import type { HeldLock } from "./rehearsal";
import type { Watch } from "./runner";

/** Between two looks at the locks of a statement that runs outside any transaction, and at the size of the database. */
const SAMPLE_SECONDS = 0.02;
const SIZE_SECONDS = 0.25;

const LOCKS = `select n.nspname || '.' || c.relname as relation, l.mode
  from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
 where l.locktype = 'relation' and l.granted and l.pid = $1 and c.relkind in ('r', 'p', 'm')`;

/**
 * Times locks. Inside a transaction they are read after each statement, and last from the statement's start to the end of the
 * transaction: never shorter than they were. A statement outside a transaction is sampled from beside.
 */
export class LockWatch implements Watch {
  private readonly longest = new Map<string, HeldLock>();
  private readonly held = new Map<string, { relation: string; mode: LockMode; since: number }>();
  private pid: number | undefined;
  private sampling: { stop(): Promise<void> } | undefined;

  /** @param known tables that were there before: nobody waits for a new one */
  constructor(
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly name: string,
    private readonly known: ReadonlySet<string>,
  ) {}

  async stepBegins(step: Step, session: Session): Promise<void> {
    if (this.pid === undefined) {
      const [row] = await session.query<{ pid: number }>("select pg_backend_pid() as pid");
      this.pid = row?.pid;
    }
    this.held.clear();
    if (step.kind === "alone") this.sampling = await this.sample();
  }

  async statementEnded(session: Session, began: number): Promise<void> {
    await this.look(session, began);
  }

  async stepEnded(): Promise<void> {
    await this.sampling?.stop();
    this.sampling = undefined;
    const now = this.clock.seconds();
    for (const [key, { relation, mode, since }] of this.held) {
      const seconds = now - since;
      if (seconds > (this.longest.get(key)?.seconds ?? -1))
        this.longest.set(key, { relation, mode, seconds });
    }
    this.held.clear();
  }

  /** Strongest first, then longest. */
  take(): HeldLock[] {
    const strength = ({ mode }: HeldLock): number => LOCK_MODES.indexOf(mode);
    const locks = [...this.longest.values()].sort(
      (a, b) => strength(b) - strength(a) || b.seconds - a.seconds,
    );
    this.longest.clear();
    return locks;
  }

  private async look(session: Session, since: number): Promise<void> {
    const rows = await session.query<{ relation: string; mode: string }>(LOCKS, [this.pid]);
    for (const { relation, mode: text } of rows) {
      const mode = modeOf(text);
      const key = `${relation} ${text}`;
      if (mode && this.known.has(relation) && !this.held.has(key))
        this.held.set(key, { relation, mode, since });
    }
  }

  private async sample(): Promise<{ stop(): Promise<void> }> {
    const session = await this.database.session(this.name);
    let running = true;
    const loop = (async () => {
      while (running) {
        await this.look(session, this.clock.seconds() - SAMPLE_SECONDS);
        await this.clock.sleep(SAMPLE_SECONDS);
      }
    })();
    return {
      async stop() {
        running = false;
        await loop.finally(() => session.close());
      },
    };
  }
}

/** WAL written and most growth of the database while `body` runs; everything else on the server counts too. */
export async function growthOf<T>(
  clock: Clock,
  database: Database,
  name: string,
  body: () => Promise<T>,
): Promise<{ result: T; walBytes: number; diskBytes: number }> {
  const session = await database.session(name);
  const size = async (): Promise<number> => {
    const [row] = await session.query<{ bytes: string }>(
      "select pg_database_size(current_database())::text as bytes",
    );
    return Number(row!.bytes);
  };
  const position = async (): Promise<string> =>
    (await session.query<{ lsn: string }>("select pg_current_wal_insert_lsn()::text as lsn"))[0]!.lsn;
  try {
    const [before, start] = [await size(), await position()];
    let [most, running] = [before, true];
    const loop = (async () => {
      while (running) {
        most = Math.max(most, await size());
        await clock.sleep(SIZE_SECONDS);
      }
    })();
    const result = await body().finally(async () => {
      running = false;
      await loop;
    });
    most = Math.max(most, await size());
    const [wal] = await session.query<{ bytes: string }>(
      "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::pg_lsn)::text as bytes",
      [start],
    );
    return { result, walBytes: Number(wal!.bytes), diskBytes: most - before };
  } finally {
    await session.close();
  }
}
