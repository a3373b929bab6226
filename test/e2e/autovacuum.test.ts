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
import { atWork, BIG, expectGivesUp, FEW, SLOW, vacuumByHand } from "./patience";

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
  await psql(BIG);
});

const autovacuumWorks = () =>
  eventually("autovacuum works", () => atWork(cluster.database, "autovacuum worker"), 30);

/** A VACUUM that somebody typed, until it is cancelled. */
async function byHand(): Promise<{ end(): Promise<void> }> {
  await psql("alter table big set (autovacuum_enabled = off)");
  return vacuumByHand(cluster.database);
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
    expect(await atWork(cluster.database, "client backend")).toBe(true);
  }, 90_000);

  it("is named when no checkpoint can be taken because of it", async () => {
    await deadlockTimeout("10ms");
    await expectGivesUp(cluster.database, /pid \d+ of postgres in postgres, .*ShareUpdateExclusiveLock/, FEW);
  }, 120_000);
});
