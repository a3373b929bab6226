// What a server must have before a backup begins: refused with the setting and the number, and nothing begun.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { createClock } from "../../scripts/machine/clock";
import type { Database } from "../../scripts/postgres/port";
import { requireConnections, requireLocks, requirePrimary } from "../../scripts/postgres/readiness";
import { type Cluster, OS_USER, startCluster } from "./cluster";

/** Room for (20 + 1 + 1 + 0 + 0) × 60 locks: a launcher, one worker of autovacuum, and 20 clients. */
const SMALL = {
  max_connections: "20",
  max_locks_per_transaction: "60",
  autovacuum_max_workers: "1",
  max_worker_processes: "0",
  max_wal_senders: "0",
};

const context = {
  clock: createClock(),
  newId: () => "many",
  random: Math.random,
  signal: new AbortController().signal,
};

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster(SMALL);
  await cluster.psql("postgres", "create schema many");
}, 60_000);
afterAll(() => cluster.stop());

const tables = (from: number, to: number): Promise<void> =>
  cluster.psql(
    "postgres",
    Array.from({ length: to - from }, (_, i) => `create table many.t${from + i} (id int primary key)`).join(
      ";\n",
    ),
  );

describe.sequential("room for locks", () => {
  it("is there for a number of tables, and they are read", async () => {
    await tables(0, 150);
    await expect(requireLocks(cluster.database, ["postgres"])).resolves.toBeUndefined();
    const checkpoint = await takeCheckpoint(context, cluster.database);
    expect(checkpoint.databases.postgres!.tables.filter(({ schema }) => schema === "many")).toHaveLength(150);
  }, 60_000);

  it("is missing for more: the setting is named, and the number that is enough", async () => {
    await tables(150, 400);
    await expect(requireLocks(cluster.database, ["postgres"])).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringContaining("400 tables must be held at one moment"),
      expected: expect.stringMatching(/^max_locks_per_transaction of at least \d+$/),
    });
    const refusal = await requireLocks(cluster.database, ["postgres"]).catch(
      (error: { expected: string }) => error,
    );
    const enough = /\d+$/.exec(refusal!.expected)![0];
    // Its control file remembers: a standby with fewer would not start.
    await cluster.restart({ max_locks_per_transaction: enough });
    await expect(requireLocks(cluster.database, ["postgres"])).resolves.toBeUndefined();
  }, 60_000);
});

it("connections are left to production, or the setting is named and a number that is enough", async () => {
  const databases = (n: number): string[] => Array.from({ length: n }, () => "postgres");
  await expect(requireConnections(cluster.database, databases(2))).resolves.toBeUndefined();
  const refusal = await requireConnections(cluster.database, databases(5)).catch(
    (error: { message: string; expected: string }) => error,
  );
  expect(refusal?.message).toMatch(
    /^reading 5 databases at one moment takes 20 connections, and 1[67] of 20 are free$/,
  );
  const enough = /\d+/.exec(refusal!.expected)![0];
  await cluster.restart({ max_connections: enough, max_locks_per_transaction: "100" });
  await expect(requireConnections(cluster.database, databases(5))).resolves.toBeUndefined();
});

it("so many databases as that are read with no more connections", async () => {
  await cluster.restart({ max_connections: "29", max_locks_per_transaction: "100" });
  for (const name of ["a", "b", "c", "d"]) await cluster.psql("postgres", `create database ${name}`);
  await expect(
    requireConnections(cluster.database, ["postgres", "a", "b", "c", "d"]),
  ).resolves.toBeUndefined();
  let most = 0;
  const open = { now: 0 };
  const counted: Database = {
    ...cluster.database,
    async session(name) {
      const session = await cluster.database.session(name);
      most = Math.max(most, ++open.now);
      return { ...session, close: () => session.close().finally(() => open.now--) };
    },
  };
  const checkpoint = await takeCheckpoint(context, counted);
  expect(Object.keys(checkpoint.databases)).toHaveLength(5);
  // pg_dump has one of its own.
  expect(most).toBeLessThanOrEqual(5 * 3 + 5 - 1);
}, 60_000);

it("a standby is recognised first", async () => {
  await expect(requirePrimary(cluster.database)).resolves.toBeUndefined();
  await cluster.host.writeText(`${cluster.dataDirectory}/standby.signal`, "", { user: OS_USER });
  await cluster.restart({ max_connections: "60", max_locks_per_transaction: "100" });
  await expect(requirePrimary(cluster.database)).rejects.toMatchObject({
    exit: "unavailable",
    message: expect.stringContaining("is a standby"),
  });
}, 60_000);
