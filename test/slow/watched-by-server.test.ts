// Nobody waits for us although we can do nothing about it: ops is stopped, pg_dump holds what we do not read, or what others do is
// no wait for a lock. The server's own log is asked for waits of a second and more.
import { spawn } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { poll } from "../../scripts/core/poll";
import { createClock } from "../../scripts/machine/clock";
import type { Database, Session } from "../../scripts/postgres/port";
import { startTenant, type Tenant } from "../hostile/canary";

const context = {
  clock: createClock(),
  newId: () => `watched-${Math.random().toString(36).slice(2)}`,
  random: () => 0.1,
  signal: new AbortController().signal,
};

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant({ max_locks_per_transaction: "512" });
  await tenant.asTenant(
    `create schema s; create table s.big (id int primary key, v text);
     insert into s.big select g, repeat('x', 200) from generate_series(1, 50000) g;
     create table s.small (id int); create unlogged table s.sessions (id int)`,
  );
}, 60_000);
afterAll(() => tenant.cluster.stop());
beforeEach(() => tenant.cluster.psql("postgres", "select pg_stat_reset()"));

/** The source, on which reading the big table takes seconds. */
function slowly(seconds: number): Database {
  const { database } = tenant.cluster;
  return {
    ...database,
    async session(name) {
      const session = await database.session(name);
      const query: Session["query"] = async (sql, values) => {
        if (sql.includes('from only "s"."big"')) await session.query(`select pg_sleep(${seconds})`);
        return session.query(sql, values);
      };
      return { ...session, query };
    },
  };
}

const within = (seconds: number, what: () => Promise<boolean>) =>
  poll({ clock: context.clock, every: 0.05, within: seconds, signal: context.signal }, async () =>
    (await what()) ? true : undefined,
  );

const holds = async (relation: string): Promise<boolean> => {
  const sql = `select exists (select from pg_locks where granted and relation = '${relation}'::regclass
                               and mode = 'AccessShareLock') as held`;
  return (await tenant.cluster.database.query<{ held: boolean }>("hostile", sql))[0]!.held;
};

it("although ops is stopped while it holds what they want", async () => {
  const script = path.join(__dirname, "../faults/reading.ts");
  const reading = spawn(process.execPath, ["--import", "tsx", script, tenant.cluster.directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void reading.kill("SIGKILL"));
  let said = "";
  reading.stdout.on("data", (part) => {
    said += part;
  });
  expect(await within(30, () => holds("s.small"))).toBeDefined();
  reading.kill("SIGSTOP");
  // Were it done already, this would show nothing.
  expect(await holds("s.small")).toBe(true);
  await tenant.asTenant("set lock_timeout = '20s'; truncate s.small; select count(*) from s.small");
  expect(await tenant.longWaits()).toEqual([]);
  reading.kill("SIGCONT");
  await new Promise((resolve) => reading.once("exit", resolve));
  expect(said).toMatch(/of postgres in hostile waited for AccessExclusiveLock/);
}, 90_000);

it("for pg_dump, which locks unlogged tables that we do not read", async () => {
  const many =
    "do $$ begin for i in 1..2500 loop execute format('create table s.t%s (id int primary key, a text default ''x'', check (id > 0))', i); end loop; end $$";
  await tenant.asTenant(many);
  let reading = true;
  const truncating = (async () => {
    while (reading) {
      await tenant.asTenant("truncate s.sessions");
      await context.clock.sleep(0.02);
    }
  })();
  await takeCheckpoint(context, tenant.cluster.database).catch((error: unknown) => {
    // It may be that pg_dump is never let through; then the backup says so.
    expect(error).toMatchObject({ exit: "timeout" });
  });
  reading = false;
  await truncating;
  expect(await tenant.longWaits()).toEqual([]);
  await tenant.asTenant("drop schema s cascade; create schema s; create table s.big (id int)");
}, 180_000);

it.each(["create database copied template hostile", "alter database hostile rename to renamed"])(
  "until we have left a database: %s succeeds",
  async (statement) => {
    const reading = takeCheckpoint(context, slowly(8));
    expect(await within(10, () => holds("s.big"))).toBeDefined();
    await tenant.cluster.database.query("postgres", statement);
    const { lock } = await reading;
    expect(lock.letGo).toEqual([expect.stringMatching(/waited until nobody is in database hostile/)]);
  },
  120_000,
);
