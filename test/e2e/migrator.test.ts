// Migrations touch what others made: nothing of it runs with a superuser's rights, neither while it is looked at nor while it is changed.
import { mkdtempSync, rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readHistory } from "../../scripts/migrate/history";
import { migratorOnCopy } from "../../scripts/migrate/login";
import type { Database } from "../../scripts/postgres/port";
import { startTenant, TENANT, type Tenant } from "../hostile/canary";
import { type Bench, benchOf } from "./migrations";

const ADDED = "ALTER TABLE shop.orders ADD COLUMN note text;\nUPDATE shop.orders SET note = 'x';";
/** What a function of the tenant tries, with whatever rights it gets. */
const RISE = `begin reset role; execute 'alter role ${TENANT} superuser'; exception when others then null; end;`;

let tenant: Tenant;
let directory = "";
const as = (user: string): Database => tenant.as(user);
const bench = (login: string): Bench => benchOf(directory, tenant.cluster.database, "hostile", as(login));

async function tenantRose(): Promise<boolean> {
  const [row] = await tenant.cluster.database.query<{ rose: boolean }>(
    "postgres",
    "select rolsuper as rose from pg_roles where rolname = $1",
    [TENANT],
  );
  return row!.rose;
}

const ownSchema = (): Promise<void> =>
  tenant.cluster.psql("hostile", "create schema ops_migrations authorization migrator");

beforeAll(async () => {
  directory = mkdtempSync("/tmp/opsm-");
  tenant = await startTenant();
  await tenant.cluster.psql(
    "hostile",
    `create role migrator login in role ${TENANT}; grant connect on database hostile to migrator`,
  );
  await tenant.asTenant(
    `create schema shop; create table shop.orders (id bigint primary key, amount int);
     insert into shop.orders select g, g from generate_series(1, 50) g;
     create function shop.rise() returns int language plpgsql as $$ begin ${RISE} return 1; end $$;
     create function shop.folded(i int) returns int language plpgsql immutable as $$ begin
       if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then raise log 'CANARY folded'; end if; return 1; end $$;
     create index on shop.orders ((shop.folded(1) + amount));
     create function shop.on_write() returns trigger language plpgsql as $$ begin perform shop.rise(); return new; end $$;
     create trigger on_write before insert or update on shop.orders for each row execute function shop.on_write()`,
  );
  await tenant.heard();
}, 60_000);
afterAll(async () => {
  await tenant.cluster.stop();
  rmSync(directory, { recursive: true, force: true });
});
afterEach(async () => {
  await tenant.cluster.psql(
    "hostile",
    `drop schema if exists ops_migrations cascade; alter table shop.orders drop column if exists note; alter role ${TENANT} nosuperuser`,
  );
});

const COLUMNS = `1 as number, 'x'::text as name, repeat('0', 64) as sha256, 'up'::text as direction, 0 as steps_done,
  null::int as alone_step, true as finished, now() as started_at, now() as finished_at, null::text as checkpoint`;

describe("a history that somebody else made beforehand", () => {
  it.each<[string, string, string]>([
    ["a schema", "create schema ops_migrations", `ops_migrations belongs to ${TENANT}`],
    [
      "a view",
      `create schema ops_migrations; create view ops_migrations.history as select ${COLUMNS}, shop.rise() as r`,
      `ops_migrations.history belongs to ${TENANT}`,
    ],
    [
      "a table with a trigger",
      `create schema ops_migrations; create table ops_migrations.history as select ${COLUMNS};
       create trigger t before insert or update on ops_migrations.history for each row execute function shop.on_write()`,
      `ops_migrations.history belongs to ${TENANT}`,
    ],
  ])("is refused, and not read: %s", async (_, sql, message) => {
    await tenant.asTenant(sql);
    for (const login of ["postgres", "migrator"]) {
      const refused = { exit: "config", message };
      await expect(readHistory(as(login), "hostile")).rejects.toMatchObject(refused);
      bench(login).write("0001_note", ADDED);
      await expect(bench(login).run("0001_note", "up")).rejects.toMatchObject(refused);
    }
    expect(await tenantRose()).toBe(false);
  });

  it.each<[string, string, string]>([
    [
      "a table of another's in a schema of ours",
      `create schema ops_migrations; create table ops_migrations.history (number int); alter table ops_migrations.history owner to ${TENANT}`,
      `ops_migrations.history belongs to ${TENANT}`,
    ],
    [
      "a table of ours that another put a trigger on",
      "create schema ops_migrations; create table ops_migrations.backfill (number int); create trigger t before insert on ops_migrations.backfill for each row execute function shop.on_write()",
      "ops_migrations.backfill is no plain table: it would run code when it is used",
    ],
    [
      "a superuser's, for a login that is none",
      "create schema ops_migrations; create table ops_migrations.history (number int)",
      "ops_migrations.history belongs to postgres",
    ],
  ])("is refused in part: %s", async (_, sql, message) => {
    await tenant.cluster.psql("hostile", sql);
    await expect(readHistory(as("migrator"), "hostile")).rejects.toMatchObject({ exit: "config" });
    if (message.endsWith("postgres")) return;
    await expect(readHistory(as("postgres"), "hostile")).rejects.toMatchObject({ exit: "config", message });
  });

  it("is empty where nobody made one, and then belongs to the login, which needs no more than its schema", async () => {
    expect(await readHistory(as("migrator"), "hostile")).toEqual([]);
    await tenant.cluster.psql(
      "hostile",
      "create role clerk login; grant connect on database hostile to clerk",
    );
    bench("clerk").write("0001_note", ADDED);
    await expect(bench("clerk").run("0001_note", "up", { role: "clerk" })).rejects.toMatchObject({
      exit: "config",
      message: "clerk may not make the schema ops_migrations in hostile",
      todo: expect.stringContaining('create schema ops_migrations authorization "clerk"'),
    });
    await ownSchema();
    expect(await readHistory(as("migrator"), "hostile")).toEqual([]);
    const own = bench("migrator");
    own.write("0001_note", "ALTER TABLE shop.orders ADD COLUMN note text;");
    await own.run("0001_note", "up", { role: TENANT });
    expect(await readHistory(as("migrator"), "hostile")).toMatchObject([
      { name: "0001_note", finished: true },
    ]);
    await expect(readHistory(as(TENANT), "hostile")).rejects.toMatchObject({ exit: "config" });
  });
});

describe("a statement whose table has a trigger of somebody else's", () => {
  it("would make him superuser, if a superuser ran it and only became the role: this is what is refused", async () => {
    const session = await tenant.cluster.database.session("hostile");
    await session.query(`set role ${TENANT}`);
    await session.query("update shop.orders set amount = amount where id = 1");
    await session.close();
    expect(await tenantRose()).toBe(true);
  });

  it("is refused to a superuser who would become the role, before anything is done", async () => {
    bench("postgres").write("0001_note", ADDED);
    const refused = await bench("postgres")
      .run("0001_note", "up", { role: TENANT })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({
      exit: "config",
      message: `migrations would run as superuser postgres, who only becomes ${TENANT}`,
      todo: expect.stringContaining(`create role ops_migrator login in role "${TENANT}"`),
    });
    expect(await bench("postgres").states()).toMatchObject([{ state: "pending" }]);
  });

  it("is run by a login of its own, and gives nobody more than that: transactions and backfills", async () => {
    const own = bench("migrator");
    await ownSchema();
    own.write("0001_note", ADDED);
    own.write(
      "0002_fill",
      "-- ops:backfill table=shop.orders key=id batch=10 pause=1\nUPDATE shop.orders SET note = 'y' WHERE id > $1 AND id <= $2;",
    );
    await own.run("0001_note", "up", { role: TENANT });
    await own.run("0002_fill", "up", { role: TENANT });
    const [done] = await tenant.cluster.database.query<{ n: string }>(
      "hostile",
      "select count(*)::text as n from only shop.orders where note = 'y' and amount is not null",
    );
    expect(done!.n).toBe("50");
    expect(await tenantRose()).toBe(false);
    // The question above is a superuser's, and shows that the canary sings.
    expect((await tenant.heard()).length).toBeGreaterThan(0);
  });

  it("is not planned by a superuser for a backfill's own questions", async () => {
    const own = bench("migrator");
    await ownSchema();
    await tenant.heard();
    own.write("0001_note", "ALTER TABLE shop.orders ADD COLUMN note text;");
    own.write(
      "0002_fill",
      "-- ops:backfill table=shop.orders key=id batch=10 pause=1\nUPDATE shop.orders SET note = 'y' WHERE id > $1 AND id <= $2;",
    );
    await own.run("0001_note", "up", { role: TENANT });
    await own.run("0002_fill", "up", { role: TENANT });
    expect(await tenant.heard()).toEqual([]);
  });
});

it("a rehearsal logs in as the login where the copy knows it, else as the copy's superuser", async () => {
  const { database } = tenant.cluster;
  const copy = { database, as };
  expect(await (await migratorOnCopy(copy, "migrator")).user()).toBe("migrator");
  expect(await (await migratorOnCopy(copy, "made_since")).user()).toBe("postgres");
  expect(await (await migratorOnCopy(copy, undefined)).user()).toBe("postgres");
});
