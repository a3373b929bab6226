// Autovacuum at work on a table that we must lock: it gives way, nobody else queues, and what a person started stays.
import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { createClock } from "../../scripts/machine/clock";
import { makeWay } from "../../scripts/postgres/autovacuum";
import type { Session } from "../../scripts/postgres/port";
import { eventually } from "../faults/ops";
import { type Cluster, startCluster } from "./cluster";
import { benchOf } from "./migrations";

const SLOW = { autovacuum_naptime: "1", vacuum_cost_delay: "100", vacuum_cost_limit: "1" };
const context = {
  clock: createClock(),
  newId: () => "test",
  random: Math.random,
  signal: new AbortController().signal,
};
const directory = `/tmp/opsm-autovacuum-${process.pid}`;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster(SLOW);
  // Meant for applications, as many do: shorter than what it takes until autovacuum is cancelled.
  await cluster.psql("postgres", "alter role postgres set lock_timeout = '100ms'");
});
/** Patiently. */
const psql = (sql: string): Promise<void> => cluster.psql("postgres", `set lock_timeout = 0; ${sql}`);
afterAll(async () => {
  await cluster.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** A table that autovacuum will be at for minutes. */
beforeEach(async () => {
  await psql(
    `drop table if exists big; create table big (id int, t text)
       with (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,
             autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
     insert into big select g, repeat('x', 500) from generate_series(1, 20000) g; delete from big where id % 2 = 0`,
  );
});

/** Sessions at work on the table, by the kind that PostgreSQL gives them. */
const atWork = async (kind: "autovacuum worker" | "client backend"): Promise<boolean> => {
  const [row] = await cluster.database.query<{ n: number }>(
    "postgres",
    `select count(*)::int as n from pg_locks l join pg_stat_activity a using (pid)
      where l.relation = 'public.big'::regclass and l.mode = 'ShareUpdateExclusiveLock' and l.granted and a.backend_type = $1`,
    [kind],
  );
  return row!.n > 0;
};
const autovacuumWorks = () => eventually("autovacuum works", () => atWork("autovacuum worker"), 30);

/** A VACUUM that somebody typed, until it is cancelled. */
async function byHand(): Promise<{ end(): Promise<void> }> {
  await psql("alter table big set (autovacuum_enabled = off)");
  const session = await cluster.database.session("postgres");
  const [me] = await session.query<{ pid: number }>("select pg_backend_pid() as pid");
  const vacuum = session.query("vacuum public.big").catch(() => {});
  await eventually("the VACUUM works", () => atWork("client backend"), 30);
  return {
    async end() {
      await cluster.database.query("postgres", "select pg_cancel_backend($1)", [me!.pid]);
      await vacuum;
      await session.close();
    },
  };
}

describe("autovacuum", () => {
  it("gives way to a checkpoint, whose own patience is too short for that", async () => {
    await autovacuumWorks();
    const { lock } = await takeCheckpoint(context, cluster.database);
    expect(lock.attempts).toBeGreaterThan(1);
  }, 90_000);

  it("gives way to a migration", async () => {
    const bench = benchOf(directory, cluster.database);
    bench.write("0001_add", "ALTER TABLE public.big ADD COLUMN note text;");
    await autovacuumWorks();
    await bench.run("0001_add", "up");
    expect((await bench.states()).find(({ name }) => name === "0001_add")?.state).toBe("applied");
  }, 90_000);
});

describe("a VACUUM that somebody typed", () => {
  let vacuum: { end(): Promise<void> };
  beforeEach(async () => {
    vacuum = await byHand();
  });
  afterEach(() => vacuum.end());

  /** How long a waiter waits for others before PostgreSQL looks for whom to cancel. */
  const deadlockTimeout = (time: string): Promise<void> =>
    psql(`alter system set deadlock_timeout = '${time}'; select pg_reload_conf()`);

  it("is waited for without anybody queueing behind, and left alone", async () => {
    const waits = async (): Promise<boolean> => {
      const sql = "select from pg_locks where relation = 'public.big'::regclass and not granted";
      return (await cluster.database.query("postgres", sql)).length > 0;
    };
    await deadlockTimeout("3s"); // ample time for what follows
    const waiting = makeWay(cluster.database, "postgres");
    await eventually("it is waited for", waits);
    const writer: Session = await cluster.database.session("postgres");
    await writer.query("set lock_timeout = 200");
    await writer.query("insert into public.big values (0, 'not held up')");
    expect(await waits()).toBe(true); // so the writer did get past it
    await writer.close();
    expect(await waiting).toEqual([]);
    expect(await atWork("client backend")).toBe(true);
  }, 90_000);

  it("is named when no checkpoint can be taken because of it", async () => {
    const hasty = { ...context, clock: { ...context.clock, sleep: async () => {} } };
    await deadlockTimeout("10ms");
    await expect(takeCheckpoint(hasty, cluster.database)).rejects.toMatchObject({
      exit: "timeout",
      todo: expect.stringMatching(/pid \d+ of postgres in postgres, .*ShareUpdateExclusiveLock/),
    });
  }, 120_000);
});
