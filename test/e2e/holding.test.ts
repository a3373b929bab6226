// What we read is held as it was listed, nobody queues behind us, and whoever would wait makes us let go.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { openMoment } from "../../scripts/dump/moment";
import { createClock } from "../../scripts/machine/clock";
import type { Database, Session } from "../../scripts/postgres/port";
import { startTenant, type Tenant } from "../hostile/canary";

let id = 0;
const context = {
  clock: createClock(),
  newId: () => `held-${++id}`,
  random: () => 0.1,
  signal: new AbortController().signal,
};

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant({ max_prepared_transactions: "10" });
}, 60_000);
afterAll(() => tenant.cluster.stop());

beforeEach(async () => {
  await tenant.asTenant(
    `drop schema if exists s cascade; drop schema if exists aside cascade; create schema s;
     create table s.big (id int primary key, v text); insert into s.big select g, 'x' from generate_series(1, 1000) g;
     create table s.small (id int primary key, v text); insert into s.small values (1, 'x');
     create function s.boom() returns text language plpgsql as $$ begin
       if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then raise log 'CANARY view'; end if; return 'x'; end $$`,
  );
});

/** The cluster, with something that happens before a statement of ours, once. */
function preceded(when: (sql: string) => boolean, happens: (session: Session) => Promise<unknown>): Database {
  const { database } = tenant.cluster;
  let over = false;
  return {
    ...database,
    async session(name) {
      const session = await database.session(name);
      const query: Session["query"] = async (sql, values) => {
        if (!over && when(sql)) {
          over = true;
          await happens(session);
        }
        return session.query(sql, values);
      };
      return { ...session, query };
    },
  };
}

const exports = (sql: string): boolean => sql.includes("pg_export_snapshot");
const reads = (sql: string): boolean => sql.includes('from only "s"."big"');
const AS_VIEW = "create view s.late as select '(0,1)'::tid as ctid, 1 as id, s.boom() as v";

describe.sequential("what was listed", () => {
  it("is read although a table was made inside the moment and replaced by a view afterwards", async () => {
    const make = preceded(exports, () => tenant.asTenant("create table s.late (id int, v text)"));
    let replaced = false;
    const source: Database = {
      ...make,
      async session(name) {
        const session = await make.session(name);
        const query: Session["query"] = async (sql, values) => {
          if (!replaced && sql.includes('from only "s"."')) {
            replaced = true;
            const swap = `set lock_timeout = '200ms'; begin; drop table s.late; ${AS_VIEW}; commit`;
            await tenant.asTenant(swap).catch(() => {});
          }
          return session.query(sql, values);
        };
        return { ...session, query };
      },
    };
    const checkpoint = await takeCheckpoint(context, source);
    expect(replaced).toBe(true);
    expect(checkpoint.lock.attempts).toBeGreaterThan(1);
    expect(checkpoint.databases.hostile!.tables.map(({ name }) => name)).toContain("late");
    expect(await tenant.heard()).toEqual([]);
  }, 60_000);

  it("keeps its name: another table cannot take its place while it is read", async () => {
    const swap = `alter schema s rename to aside; create schema s; create view s.big as select 1 as id, aside.boom() as v`;
    let swapped = false;
    const source = preceded(reads, async () => {
      await tenant.asTenant(`set lock_timeout = '5s'; ${swap}`);
      swapped = true;
    });
    const checkpoint = await takeCheckpoint(context, source);
    expect(swapped).toBe(true);
    expect(await tenant.longWaits()).toEqual([]);
    expect(checkpoint.lock.letGo).toEqual([expect.stringMatching(/of postgres in hostile waited for/)]);
    expect(await tenant.heard()).toEqual([]);
  }, 60_000);
});

describe.sequential("nobody waits for us", () => {
  const ALTER = "alter table s.small add column c int";

  it.each([["a checkpoint", (source: Database) => takeCheckpoint(context, source)]] as const)(
    "longer than the bound: %s lets go of a table that somebody alters, and of who queues behind",
    async (_, read) => {
      const others: Promise<void>[] = [];
      const source = preceded(reads, async (session) => {
        others.push(tenant.asTenant(ALTER));
        await session.query("select pg_sleep(0.2)");
        others.push(tenant.asTenant("select count(*) from s.small"));
        await session.query("select pg_sleep(10)").catch(() => {});
      });
      const checkpoint = await read(source);
      await Promise.all(others);
      expect(await tenant.longWaits()).toEqual([]);
      expect(checkpoint.lock.letGo).toHaveLength(1);
      expect(checkpoint.databases.hostile!.tables.map(({ name }) => name)).toContain("small");
    },
    60_000,
  );

  it("while a table is taken by a schema change: a checkpoint and a dump look for another moment", async () => {
    for (const read of [
      () => takeCheckpoint(context, tenant.cluster.database).then(() => {}),
      () => openMoment(context, tenant.cluster.database, ["hostile"]).then((moment) => moment.close()),
    ]) {
      const session = await tenant.cluster.database.session("hostile");
      await session.query("begin; lock table s.small in access exclusive mode");
      const reading = read();
      await tenant.asTenant("set lock_timeout = '50ms'; select count(*) from s.big");
      await session.query("rollback");
      await session.close();
      await reading;
    }
  }, 60_000);

  it("gives up after some readings, and names who waited", async () => {
    const { database } = tenant.cluster;
    const source: Database = {
      ...database,
      async session(name) {
        const session = await database.session(name);
        const query: Session["query"] = async (sql, values) => {
          if (reads(sql)) {
            void tenant.asTenant(`set lock_timeout = '5s'; alter table s.small alter v set default 'y'`);
            await session.query("select pg_sleep(10)").catch(() => {});
          }
          return session.query(sql, values);
        };
        return { ...session, query };
      },
    };
    await expect(takeCheckpoint({ ...context, random: () => 0 }, source)).rejects.toMatchObject({
      exit: "timeout",
      message: expect.stringMatching(
        /let go 5 times: pid \d+ of postgres in hostile waited for AccessExclusiveLock/,
      ),
    });
  }, 60_000);
});

describe.sequential("who stands in the way", () => {
  it("is named when it is a prepared transaction, which no session shows", async () => {
    await tenant.asTenant(
      "begin; insert into s.big values (90001, 'orphan'); prepare transaction 'order-42'",
    );
    const quick = { ...context, clock: { ...context.clock, sleep: async () => {} } };
    await expect(takeCheckpoint(quick, tenant.cluster.database, undefined, 4)).rejects.toMatchObject({
      exit: "timeout",
      todo: expect.stringMatching(/prepared transaction 'order-42' of tenant in hostile, prepared .* ago/),
    });
    await tenant.cluster.psql("hostile", "rollback prepared 'order-42'");
    await expect(takeCheckpoint(quick, tenant.cluster.database)).resolves.toBeDefined();
  }, 60_000);

  it("is a transaction with too many subtransactions, at which recovery could not stop", async () => {
    const session = await tenant.cluster.database.session("hostile");
    await session.query("begin; create temp table t (i int)");
    await session.query(
      "do $$ begin for i in 1..100 loop begin insert into t values (i); exception when others then null; end; end loop; end $$",
    );
    const quick = { ...context, clock: { ...context.clock, sleep: async () => {} } };
    await expect(takeCheckpoint(quick, tenant.cluster.database, undefined, 3)).rejects.toMatchObject({
      message: expect.stringMatching(/more than 64 subtransactions/),
    });
    await session.query("commit");
    await session.close();
    await expect(takeCheckpoint(quick, tenant.cluster.database)).resolves.toBeDefined();
  }, 60_000);
});
