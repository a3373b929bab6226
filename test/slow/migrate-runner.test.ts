// The runner on a real PostgreSQL: killed in the middle, two at once, a table that somebody holds, data that does not fit.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OpsError } from "../../scripts/core/errors";
import { createClock } from "../../scripts/machine/clock";
import { readFacts } from "../../scripts/migrate/facts";
import { beginning } from "../../scripts/migrate/state";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { type Cluster, startCluster } from "../e2e/cluster";
import { type Bench, benchOf, listener } from "../e2e/migrations";

let cluster: Cluster;
let bench: Bench;
let directory = "";
let round = 0;

const query = <T extends Record<string, unknown>>(sql: string): Promise<T[]> =>
  cluster.database.query<T>("postgres", sql);

const state = async (name: string): Promise<string | undefined> =>
  (await bench.states()).find((row) => row.name === name)?.state;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster.stop();
  rmSync(`/tmp/opsm-${process.pid}`, { recursive: true, force: true });
});
beforeEach(async () => {
  await cluster.psql(
    "postgres",
    `drop schema if exists shop cascade; drop schema if exists ops_migrations cascade; create schema shop;
     create table shop.orders (id bigint primary key, note text, amount int not null);
     insert into shop.orders select g, null, g from generate_series(1, 20000) g;`,
  );
  directory = `/tmp/opsm-${process.pid}/${++round}`;
  bench = benchOf(directory, cluster.database);
});

/** Starts it in a process of its own and kills that with SIGKILL as soon as `when` says so. */
async function killed(name: string, when: () => Promise<boolean>): Promise<void> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", path.join(__dirname, "migrate-run.ts"), directory, cluster.directory, name],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const gone = new Promise<string | null>((resolve) => child.on("close", (_, signal) => resolve(signal)));
  for (let i = 0; i < 600 && !(await when()); i++) await sleep(20);
  child.kill("SIGKILL");
  expect(await gone).toBe("SIGKILL");
}

describe("a run that was killed", () => {
  it("resumes a backfill after its last batch, and changes no row twice", async () => {
    bench.write(
      "0001_fill",
      "-- ops:backfill table=shop.orders key=id batch=500 pause=30\nUPDATE shop.orders SET amount = amount + 1 WHERE id > $1 AND id <= $2;",
    );
    const progress = async (): Promise<number> => {
      const [row] = await query<{ last: string }>(
        "select coalesce((select max(last_key) from ops_migrations.backfill), 0)::text as last",
      ).catch(() => [{ last: "0" }]);
      return Number(row?.last);
    };
    await killed("0001_fill", async () => (await progress()) >= 2000);
    const reached = await progress();
    expect(reached).toBeLessThan(20_000);
    expect(await state("0001_fill")).toBe("half-applied");
    await bench.run("0001_fill", "up");
    expect(await query("select count(*)::int as n from shop.orders where amount <> id + 1")).toEqual([
      { n: 0 },
    ]);
    expect(await state("0001_fill")).toBe("applied");
  });

  it("resumes at its step, and says so: what was committed is not run again", async () => {
    bench.write(
      "0001_two",
      "ALTER TABLE shop.orders ADD COLUMN a text;\n-- ops:new-transaction\nALTER TABLE shop.orders ADD COLUMN b text;\nSELECT pg_sleep(60);",
      "ALTER TABLE shop.orders DROP COLUMN b;\n-- ops:new-transaction\nALTER TABLE shop.orders DROP COLUMN a;",
    );
    const asleep = "select count(*)::int as n from pg_stat_activity where wait_event = 'PgSleep'";
    await killed("0001_two", async () => (await query<{ n: number }>(asleep))[0]?.n === 1);
    await query("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'");
    const columns = await query(
      "select attname::text from pg_attribute where attrelid = 'shop.orders'::regclass and attname in ('a', 'b')",
    );
    expect(columns).toEqual([{ attname: "a" }]);
    const [row] = await bench.states();
    expect(row).toMatchObject({ state: "half-applied", detail: expect.stringContaining("1 of 2 steps") });
    expect(beginning(row!.migration!, "up", row!.history).says).toBe(
      "0001_two is half done (1 of 2 steps committed): resumes at step 2 of 2",
    );
    // And back from the middle: the way back runs against what is there, its first statement does not fit, nothing is lost.
    await expect(bench.run("0001_two", "down")).rejects.toMatchObject({ exit: "fail" });
    expect(
      (await query("select 1 from pg_attribute where attname = 'a' and attrelid = 'shop.orders'::regclass"))
        .length,
    ).toBe(1);
  });

  it("begins again where the server rolled everything back, and says so", async () => {
    bench.write(
      "0001_one",
      "ALTER TABLE shop.orders ADD COLUMN a text;\nSELECT pg_sleep(2);",
      "ALTER TABLE shop.orders DROP COLUMN a;",
    );
    const asleep = "select count(*)::int as n from pg_stat_activity where wait_event = 'PgSleep'";
    await killed("0001_one", async () => (await query<{ n: number }>(asleep))[0]?.n === 1);
    const said = listener();
    await bench.run("0001_one", "up", {}, said);
    expect(said.lines[0]).toBe(
      "0001_one was begun and no step of it committed (the server rolled it back): begins again at step 1 of 1",
    );
    expect(await state("0001_one")).toBe("applied");
  });

  it("removes an index that is half built and builds it anew", async () => {
    bench.write(
      "0001_index",
      "-- ops:no-transaction\nCREATE INDEX CONCURRENTLY orders_amount ON shop.orders (amount);",
      "-- ops:no-transaction\nDROP INDEX CONCURRENTLY shop.orders_amount;",
    );
    // A transaction with an old snapshot makes the build wait in its middle.
    const old = await cluster.database.session("postgres");
    await old.query("begin isolation level repeatable read");
    await old.query("select count(*) from shop.orders");
    const half =
      "select count(*)::int as n from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname = 'orders_amount' and not i.indisvalid";
    await killed("0001_index", async () => (await query<{ n: number }>(half))[0]?.n === 1);
    await sleep(1500); // client_connection_check_interval
    await old.query("rollback");
    await old.close();
    const said = listener();
    await bench.run("0001_index", "up", {}, said);
    expect(said.lines.join("\n")).toContain("removed the half-built index shop.orders_amount");
    expect(
      await query("select indisvalid as ok from pg_index where indexrelid = 'shop.orders_amount'::regclass"),
    ).toEqual([{ ok: true }]);
    await bench.run("0001_index", "down");
    expect(await bench.states()).toMatchObject([{ state: "pending" }]);
  });
});

describe("a table that somebody holds", () => {
  it("is waited for briefly, several times; writers behind it get through in between", async () => {
    bench.write(
      "0001_column",
      "ALTER TABLE shop.orders ADD COLUMN a text;",
      "ALTER TABLE shop.orders DROP COLUMN a;",
    );
    const holder = await cluster.database.session("postgres");
    await holder.query("begin");
    await holder.query("select count(*) from shop.orders");
    const error: OpsError = await bench.run("0001_column", "up", { lockTimeout: 100, attempts: 3 }).then(
      () => expect.unreachable(),
      (e: OpsError) => e,
    );
    expect(error).toMatchObject({ exit: "timeout" });
    expect(error.message).toMatch(
      /no lock in 3 tries of 100 ms, held by pid \d+ of postgres, idle in transaction/,
    );
    expect(await state("0001_column")).toBe("half-applied");

    const said = listener();
    const [run, longest] = await Promise.all([
      bench.run("0001_column", "up", { lockTimeout: 100 }, said),
      (async () => {
        const writer = await cluster.database.session("postgres");
        let worst = 0;
        for (let i = 0; i < 100; i++) {
          const since = performance.now();
          await writer.query("update shop.orders set note = 'x' where id = 7");
          worst = Math.max(worst, performance.now() - since);
          if (i === 40) await holder.query("commit");
          await sleep(10);
        }
        await writer.close();
        return worst;
      })(),
    ]);
    await holder.close();
    expect(run.retries).toBeGreaterThan(0);
    expect(said.lines.join("\n")).toContain("waited 100 ms for a lock in vain (held by pid");
    // Behind a naive ALTER TABLE it would have waited for as long as the transaction was open.
    expect(longest).toBeLessThan(1000);
    expect(await state("0001_column")).toBe("applied");
  });
});

it("of two runs at once one works, the other is told who does", async () => {
  bench.write("0001_slow", "SELECT pg_sleep(7);");
  const first = bench.run("0001_slow", "up");
  await sleep(300);
  const second = await bench.run("0001_slow", "up").then(
    () => expect.unreachable(),
    (e: OpsError) => e,
  );
  expect(second).toMatchObject({ exit: "locked" });
  expect(second.message).toMatch(/another run migrates this database: pid \d+ of postgres/);
  await first;
});

it("a statement that fails names its place; what was committed stands and the way back works", async () => {
  bench.write(
    "0001_check",
    "ALTER TABLE shop.orders ADD CONSTRAINT small CHECK (amount < 10) NOT VALID;\n-- ops:new-transaction\nALTER TABLE shop.orders VALIDATE CONSTRAINT small;",
    "ALTER TABLE shop.orders DROP CONSTRAINT small;",
  );
  const error = await bench.run("0001_check", "up").then(
    () => expect.unreachable(),
    (e: OpsError) => e,
  );
  expect(error.message).toContain("0001_check.sql:5:1: check constraint");
  expect(await state("0001_check")).toBe("half-applied");
  await bench.run("0001_check", "down");
  expect(await state("0001_check")).toBe("pending");
  expect(await query("select 1 from pg_constraint where conname = 'small'")).toEqual([]);
});

it("runs as the role that owns the schema, and its own records stay its own", async () => {
  await cluster.psql(
    "postgres",
    `drop role if exists shop_owner; create role shop_owner; grant create, usage on schema shop to shop_owner;
     create role shop_migrator login in role shop_owner; grant create on database postgres to shop_migrator;`,
  );
  const { host, directory: socket, database } = cluster;
  const address = { host: socket, port: 5432, user: "shop_migrator", maintenance: "postgres" };
  bench = benchOf(directory, database, "postgres", createDatabase(host, address));
  bench.write("0001_table", "CREATE TABLE shop.coupons (id bigint PRIMARY KEY);", "DROP TABLE shop.coupons;");
  await bench.run("0001_table", "up", { role: "shop_owner" });
  expect(await query("select tableowner::text as o from pg_tables where tablename = 'coupons'")).toEqual([
    { o: "shop_owner" },
  ]);
  expect(await query("select tableowner::text as o from pg_tables where tablename = 'history'")).toEqual([
    { o: "shop_migrator" },
  ]);
  await bench.run("0001_table", "down", { role: "shop_owner" });
  await cluster.psql(
    "postgres",
    "drop owned by shop_migrator, shop_owner cascade; drop role shop_migrator, shop_owner;",
  );
});

it("a statement that runs far longer than it was rehearsed is cancelled and rolled back", async () => {
  bench.write("0001_long", "ALTER TABLE shop.orders ADD COLUMN a text;\nSELECT pg_sleep(20);");
  const error = await bench.run("0001_long", "up", { limitOf: () => 0.5 }).then(
    () => expect.unreachable(),
    (e: OpsError) => e,
  );
  expect(error).toMatchObject({ exit: "fail", message: expect.stringContaining("statement timeout") });
  expect(
    await query("select 1 from pg_attribute where attname = 'a' and attrelid = 'shop.orders'::regclass"),
  ).toEqual([]);
});

it.each<[string, string, string | undefined, string, string]>([
  ["a role that is not there", "SELECT 1;", "nobody_here", "config", "there is no role nobody_here"],
  [
    "a backfill of a table that is not there",
    "-- ops:backfill table=shop.gone key=id batch=10\nUPDATE shop.gone SET id = id WHERE id > $1 AND id <= $2;",
    undefined,
    "fail",
    '0001_x.sql:4:1: relation "shop.gone" does not exist',
  ],
  [
    "a backfill whose key is no whole number",
    "-- ops:backfill table=shop.orders key=note batch=10\nUPDATE shop.orders SET id = id WHERE note > $1 AND note <= $2;",
    undefined,
    "migration",
    "shop.orders.note is text",
  ],
])("refuses %s in words", async (_, up, role, exit, message) => {
  bench.write("0001_x", up);
  await expect(bench.run("0001_x", "up", { role })).rejects.toMatchObject({
    exit,
    message: expect.stringContaining(message),
  });
});

it("reads from the live database what lint asks of it", async () => {
  await cluster.psql(
    "postgres",
    `create table shop.events (id bigint not null, at date not null, constraint there check (at is not null)) partition by range (at);
       create table shop.events_old partition of shop.events for values from ('2020-01-01') to ('2030-01-01');
       create table shop.payments (id bigint primary key, order_id bigint references shop.orders, kind varchar(10));
       insert into shop.events select g, '2025-01-01' from generate_series(1, 5000) g; analyze shop.events, shop.orders;
       create publication warehouse for table shop.payments;`,
  );
  const holder = await cluster.database.session("postgres");
  await holder.query("begin");
  await holder.query("select count(*) from shop.orders");
  const context = { clock: createClock(), signal: new AbortController().signal };
  const { tables, indexes } = await readFacts(context, cluster.database, "postgres");
  await holder.query("commit");
  await holder.close();
  await cluster.psql("postgres", "drop publication warehouse");
  expect(tables["shop.orders"]).toMatchObject({
    rows: 20_000,
    keys: ["id"],
    indexed: ["id"],
    referencedBy: ["shop.payments"],
    publications: [],
    partitions: 0,
    columns: { id: { type: "bigint", notNull: true }, note: { type: "text", notNull: false } },
  });
  expect(tables["shop.orders"]?.bytes).toBeGreaterThan(500_000);
  expect(tables["shop.orders"]?.oldestHolderSeconds).toBeGreaterThan(0);
  expect(tables["shop.events"]).toMatchObject({
    partitions: 1,
    rows: 5000,
    notNullChecks: ["at"],
    checked: true,
  });
  expect(tables["shop.events"]?.bytes).toBe(tables["shop.events_old"]?.bytes);
  expect(tables["shop.payments"]).toMatchObject({ publications: ["warehouse"], indexed: ["id"] });
  expect(tables["shop.payments"]?.columns.kind?.type).toBe("character varying(10)");
  expect(indexes["shop.payments_pkey"]).toBe("shop.payments");
});
