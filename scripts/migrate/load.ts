// Work on a copy while a migration runs on it, and how long it had to wait: the sandbox's users, and on every table that is
// locked one probe that writes and one that reads.
import { codeOf } from "../core/errors";
import type { Core } from "../core/tools";
import type { Database, Session } from "../postgres/port";
import type { SandboxTools } from "../sandbox/port";

export interface Waits {
  /** Longest that a probe which wants to write, or to read, waited for a table. Seconds; resolution a few milliseconds. */
  writeSeconds: number;
  readSeconds: number;
  /** Longest statement of the users; null when there are none. */
  querySeconds: number | null;
  statements: number;
  /** Statements that the schema itself refused: what a running release would have failed with. */
  broken: readonly string[];
}

export interface Load {
  /** What was measured since the last call; counts from zero again. */
  take(): Waits;
  stop(): Promise<void>;
}

/** Connections of the users; more would only queue on a small machine. */
const USERS = 2;
const PROBE_PAUSE_SECONDS = 0.005;
/** Tables that get probes: two connections each. */
const MOST_PROBED = 8;
/** Undefined or ambiguous names and types, missing rights, NOT NULL and CHECK: not an accident of the data. */
const SCHEMA_ERRORS = /^(42\w{3}|23502|23514)$/;

export async function startLoad(
  context: Pick<Core, "clock" | "random"> & SandboxTools,
  database: Database,
  name: string,
  tables: readonly string[],
): Promise<Load> {
  const { clock, sandbox } = context;
  const sessions: Session[] = [];
  const open = async (): Promise<Session> => {
    const session = await database.session(name);
    sessions.push(session);
    return session;
  };
  let waits = fresh(sandbox !== undefined);
  let running = true;
  const loops: Promise<void>[] = [];
  /** A probe that is turned away (its table is gone) has nothing to measure until it is there again. */
  const repeat = (pause: number, body: () => Promise<void>): void => {
    loops.push(
      (async () => {
        while (running) {
          await body().catch(() => {});
          await clock.sleep(pause);
        }
      })(),
    );
  };
  const timed = async (body: () => Promise<unknown>): Promise<number> => {
    const since = clock.seconds();
    await body();
    return clock.seconds() - since;
  };

  for (const table of tables.slice(0, MOST_PROBED)) {
    const [writer, reader] = [await open(), await open()];
    repeat(PROBE_PAUSE_SECONDS, async () => {
      await writer.query("begin");
      try {
        const seconds = await timed(() => writer.query(`lock table ${table} in row exclusive mode`));
        waits.writeSeconds = Math.max(waits.writeSeconds, seconds);
      } finally {
        await writer.query("rollback");
      }
    });
    repeat(PROBE_PAUSE_SECONDS, async () => {
      const seconds = await timed(() => reader.query(`select from ${table} limit 0`));
      waits.readSeconds = Math.max(waits.readSeconds, seconds);
    });
  }
  if (sandbox) {
    const { work } = sandbox;
    for (let user = 0; user < USERS; user++) {
      const session = await database.session(work.database);
      sessions.push(session);
      await session.query(`set role ${work.role}`);
      repeat(USERS / work.rate, async () => {
        const { name: action, sql, values } = work.choose(context.random());
        try {
          const seconds = await timed(() => session.query(sql, values));
          waits.querySeconds = Math.max(waits.querySeconds ?? 0, seconds);
        } catch (error) {
          const code = codeOf(error);
          if (SCHEMA_ERRORS.test(code)) waits.broken.push(`${action}: ${code}`);
        }
        waits.statements++;
      });
    }
  }
  return {
    take() {
      const taken = waits;
      waits = fresh(sandbox !== undefined);
      return taken;
    },
    async stop() {
      running = false;
      await Promise.all(loops);
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}

function fresh(users: boolean): Waits & { broken: string[] } {
  return { writeSeconds: 0, readSeconds: 0, querySeconds: users ? 0 : null, statements: 0, broken: [] };
}
