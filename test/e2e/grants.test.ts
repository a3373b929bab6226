// The role that `ops platform grant` makes reads everything that our jobs read, and changes nothing.
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareState } from "../../scripts/backup/checkpoint";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import type { Context } from "../../scripts/context";
import type { Outcome } from "../../scripts/core/outcome";
import { openMoment } from "../../scripts/dump/moment";
import grant from "../../scripts/jobs/platform/grant";
import { createClock } from "../../scripts/machine/clock";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { quote } from "../../scripts/postgres/fingerprint";
import { grantsOf } from "../../scripts/postgres/grants";
import { newestHeartbeat } from "../../scripts/postgres/heartbeat";
import type { Database } from "../../scripts/postgres/port";
import { askNow, readGlobals } from "../../scripts/postgres/read-shared";
import { readState } from "../../scripts/postgres/read-state";
import { startTenant, type Tenant } from "../hostile/canary";
import { OS_USER } from "./cluster";

const context = {
  clock: createClock(),
  newId: () => "granted",
  random: Math.random,
  signal: new AbortController().signal,
};

let tenant: Tenant;
let reader: Database;
beforeAll(async () => {
  tenant = await startTenant();
  const { cluster } = tenant;
  await tenant.asTenant(
    `create schema s; create table s.t (id int primary key, at timestamptz); insert into s.t values (1, now());
     create table s.hidden (id int); insert into s.hidden values (1);
     alter table s.hidden enable row level security; alter table s.hidden force row level security;
     create policy p on s.hidden using (false);
     create sequence s.q; select nextval('s.q'); create materialized view s.m as select id from s.t; revoke all on schema s from public`,
  );
  await cluster.psql("postgres", `revoke connect on database hostile from public`);
  const databases = ["postgres", "hostile"];
  const grants = grantsOf({ role: "ops_reader", version: 15, databases, holdWriters: false });
  await cluster.psql("postgres", grants.cluster.join(";\n"));
  for (const database of databases) await cluster.psql(database, grants.database.join(";\n"));
  const address = { host: cluster.directory, port: 5432, user: "ops_reader", maintenance: "postgres" };
  reader = createDatabase(cluster.host, address);
}, 60_000);
afterAll(() => tenant.cluster.stop());

describe("the role that reads", () => {
  it("takes a checkpoint that equals a superuser's, at a restore point", async () => {
    const own = await takeCheckpoint(context, reader);
    const theirs = await takeCheckpoint(context, tenant.cluster.database);
    expect(own.target).toBe("restore-point");
    expect(own.databases.hostile!.tables.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["t", "hidden", "m", "pg_largeobject"]),
    );
    expect(compareState(own, theirs)).toMatchObject({
      content: [],
      schema: [],
      roles: [],
      sequences: [],
      unread: [],
    });
  }, 60_000);

  it("dumps every database at one moment, roles too", async () => {
    const moment = await openMoment(context, reader, ["hostile"]);
    const state = await readState(reader, ["hostile"], { snapshots: moment.exported, portable: true });
    const file = `${tenant.cluster.directory}/archive`;
    await tenant.cluster.host.writeText(file, "", { user: OS_USER, mode: 0o600 });
    await reader.dumpArchive("hostile", file, { snapshot: moment.exported.hostile! });
    await moment.close();
    expect(state.hostile!.tables.find(({ name }) => name === "hidden")!.rows).toBe(1);
    expect((await reader.dumpRoles()).toString()).toContain("CREATE ROLE tenant");
    expect(await readGlobals(askNow(reader))).toHaveProperty("tablespace pg_default");
  }, 60_000);

  it("reads the heartbeat, and may end a WAL segment", async () => {
    expect(await newestHeartbeat(reader, { database: "hostile", table: "s.t", column: "at" })).toMatch(
      /^2\d{3}-/,
    );
    await expect(reader.query("postgres", "select pg_switch_wal()")).resolves.toHaveLength(1);
  });

  it("is made by the job, once; what it leaves in evidence is not taken for the cluster of a run", async () => {
    const { database } = tenant.cluster;
    const context = { servers: { source: () => database }, platform: { name: "test" } } as unknown as Context;
    const make = (): Promise<Outcome> =>
      grant.run(context, { role: "ops_second", apply: true, "hold-writers": true } as never);
    const { checks, facts } = await make();
    expect(checks).toEqual([expect.objectContaining({ name: "role-can-read", verdict: "pass" })]);
    expect(facts).not.toHaveProperty("cluster");
    await expect(make()).rejects.toMatchObject({
      exit: "usage",
      message: "a role ops_second exists already",
    });
  });

  it("is printed as a script in which no name of a database becomes a command or an address", async () => {
    const { database, host, directory } = tenant.cluster;
    const names = [`x\n\\! touch ${directory}/pwned\n`, "host=nowhere.invalid dbname=y", `q"u'o\\te`];
    for (const name of names) await database.query("postgres", `create database ${quote(name)}`);
    const context = { servers: { source: () => database }, platform: { name: "test" } } as unknown as Context;
    try {
      const { summary } = await grant.run(context, {
        role: "ops_printed",
        apply: false,
        "hold-writers": false,
      } as never);
      await host.writeText(`${directory}/grant.sql`, summary ?? "", { user: OS_USER });
      const at = [
        `--host=${directory}`,
        "--username=postgres",
        "--dbname=postgres",
        "--no-psqlrc",
        "--set=ON_ERROR_STOP=1",
      ];
      const args = [...at, `--file=${directory}/grant.sql`];
      const piped = await host.run(await host.program("psql"), args, { user: OS_USER });
      expect([piped.exitCode, piped.stderr]).toEqual([0, ""]);
      expect(existsSync(`${directory}/pwned`)).toBe(false);
      expect(summary).toContain(`-- not for the database ${JSON.stringify(names[0])}`);
      for (const name of names.slice(1))
        expect(
          await database.query(
            name,
            "select has_function_privilege('ops_printed', 'pg_switch_wal()', 'execute') as may",
          ),
        ).toEqual([{ may: true }]);
    } finally {
      for (const name of names) await database.query("postgres", `drop database ${quote(name)}`);
    }
  });

  it.each([
    "insert into s.t values (2)",
    "delete from s.t",
    "create table s.mine (i int)",
    "create role other",
    "alter system set work_mem = '1MB'",
    "select pg_read_file('PG_VERSION')",
    "copy (select 1) to program 'true'",
  ])("is refused %s", async (sql) => {
    await expect(reader.query("hostile", sql)).rejects.toMatchObject({ exit: "unavailable" });
  });
});
