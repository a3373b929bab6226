// Work on a copy while a migration runs on it, and how long it had to wait: the sandbox's users, and on every table that is
// locked one probe that writes and one that reads.
import { codeOf } from "../core/errors";
import type { Core } from "../core/tools";
import type { Database, Session } from "../postgres/port";
import type { Sandbox, SandboxTools } from "../sandbox/port";

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
  /** Whether the users did, since then, enough to have done everything that they do; always where there are none. */
  saidEnough(): boolean;
  stop(): Promise<void>;
}

/** Connections of the users; more would only queue on a small machine. */
const USERS = 2;
const PROBE_PAUSE_SECONDS = 0.005;
/** Tables that get probes: two connections each. */
const MOST_PROBED = 8;
/**
 * Each draw lies this much further round the circle (the golden ratio's fraction): so many draws come within a seventh of everything,
 * where as many random ones would often miss what a quarter of them is about.
 */
const STEP = 0.618033988749895;
const ENOUGH_STATEMENTS = 12;
/** Undefined or ambiguous names and types, missing rights, NOT NULL and CHECK: not an accident of the data. */
const SCHEMA_ERRORS = /^(42\w{3}|23502|23514)$/;

export async function startLoad(
  context: Pick<Core, "clock" | "random"> & SandboxTools,
  database: Database,
  name: string,
  tables: readonly string[],
): Promise<Load> {
  const load = new RunningLoad(context, database);
  for (const table of tables.slice(0, MOST_PROBED)) await load.probe(name, table);
  if (context.sandbox) for (let user = 0; user < USERS; user++) await load.use(context.sandbox.work);
  return load;
}

class RunningLoad implements Load {
  private waits: ReturnType<typeof fresh>;
  private running = true;
  private drawn: number;
  private readonly sessions: Session[] = [];
  private readonly loops: Promise<void>[] = [];

  constructor(
    private readonly context: Pick<Core, "clock" | "random"> & SandboxTools,
    private readonly database: Database,
  ) {
    this.waits = fresh(context.sandbox !== undefined);
    this.drawn = context.random();
  }

  /** One that wants to write and one that wants to read. */
  async probe(name: string, table: string): Promise<void> {
    const [writer, reader] = [await this.open(name), await this.open(name)];
    this.repeat(PROBE_PAUSE_SECONDS, async () => {
      await writer.query("begin");
      try {
        const seconds = await this.timed(() => writer.query(`lock table ${table} in row exclusive mode`));
        this.waits.writeSeconds = Math.max(this.waits.writeSeconds, seconds);
      } finally {
        await writer.query("rollback");
      }
    });
    this.repeat(PROBE_PAUSE_SECONDS, async () => {
      const seconds = await this.timed(() => reader.query(`select from ${table} limit 0`));
      this.waits.readSeconds = Math.max(this.waits.readSeconds, seconds);
    });
  }

  /** One user of the sandbox. */
  async use(work: Sandbox["work"]): Promise<void> {
    const session = await this.open(work.database);
    await session.query(`set role ${work.role}`);
    this.repeat(USERS / work.rate, async () => {
      const { name: action, sql, values } = work.choose(this.draw());
      try {
        const seconds = await this.timed(() => session.query(sql, values));
        this.waits.querySeconds = Math.max(this.waits.querySeconds ?? 0, seconds);
      } catch (error) {
        const code = codeOf(error);
        if (SCHEMA_ERRORS.test(code)) this.waits.broken.push(`${action}: ${code}`);
      }
      this.waits.statements++;
    });
  }

  private draw(): number {
    this.drawn = (this.drawn + STEP) % 1;
    return this.drawn;
  }

  saidEnough(): boolean {
    return this.context.sandbox === undefined || this.waits.statements >= ENOUGH_STATEMENTS;
  }

  take(): Waits {
    const taken = this.waits;
    this.waits = fresh(this.context.sandbox !== undefined);
    return taken;
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.loops);
    await Promise.all(this.sessions.map((session) => session.close()));
  }

  private async open(database: string): Promise<Session> {
    const session = await this.database.session(database);
    this.sessions.push(session);
    return session;
  }

  /** A probe that is turned away (its table is gone) has nothing to measure until it is there again. */
  private repeat(pause: number, body: () => Promise<void>): void {
    const loop = async (): Promise<void> => {
      while (this.running) {
        await body().catch(() => {});
        await this.context.clock.sleep(pause);
      }
    };
    this.loops.push(loop());
  }

  private async timed(body: () => Promise<unknown>): Promise<number> {
    const { clock } = this.context;
    const since = clock.seconds();
    await body();
    return clock.seconds() - since;
  }
}

function fresh(users: boolean): Waits & { broken: string[] } {
  return { writeSeconds: 0, readSeconds: 0, querySeconds: users ? 0 : null, statements: 0, broken: [] };
}
