// Reads databases full of hostile schemas in every way in which we read one, and hears whether anything of theirs was called.
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { createClock } from "../../scripts/machine/clock";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { compareContent } from "../../scripts/postgres/fingerprint";
import type { Database } from "../../scripts/postgres/port";
import { askNow, readGlobals, readRoles } from "../../scripts/postgres/read-shared";
import { readState } from "../../scripts/postgres/read-state";
import { type Cluster, OS_USER, startCluster } from "../e2e/cluster";
import { CANARY, type HostileSchema, hostileSchema, randomFrom } from "./schemas";

export const TENANT = "tenant";
const DATABASE = "hostile";

const context = {
  clock: createClock(),
  newId: () => Math.random().toString(36).slice(2),
  random: Math.random,
  signal: new AbortController().signal,
};

export interface Tenant {
  cluster: Cluster;
  /** The server, connected to as a role. */
  as(user: string): Database;
  /** As the tenant, who is no superuser. */
  asTenant(sql: string): Promise<void>;
  /** What canaries said since the last call. */
  heard(): Promise<string[]>;
  /** Every wait for a lock that lasted longer than a second, by the server's own word. */
  longWaits(): Promise<string[]>;
}

/** The server logs who waits for a lock longer than `deadlock_timeout`, which is a second; a client's clock would count its own delays. */
const LOGS_WAITS = { log_lock_waits: "on", deadlock_timeout: "1s" };

/** A cluster in which the tenant owns a database. */
export async function startTenant(settings: Readonly<Record<string, string>> = {}): Promise<Tenant> {
  const cluster = await startCluster({ ...LOGS_WAITS, ...settings });
  await cluster.psql("postgres", `create role ${TENANT} login createdb`);
  await cluster.psql("postgres", `create database ${DATABASE} owner ${TENANT}`);
  let read = 0;
  const log = (): Promise<string> => readFile(`${cluster.directory}/server.log`, "utf8");
  return {
    cluster,
    as: (user) =>
      createDatabase(cluster.host, { ...cluster.database.address, user, maintenance: "postgres" }),
    asTenant: (sql) => cluster.psql(DATABASE, `set session authorization ${TENANT};\n${sql}`),
    async heard() {
      const text = await log();
      const said = text
        .slice(read)
        .split("\n")
        .filter((line) => line.includes(`LOG:  ${CANARY}`));
      read = text.length;
      return said;
    },
    longWaits: async () => (await log()).split("\n").filter((line) => line.includes("still waiting for")),
  };
}

/** Makes so many schemas from a seed, reads them in every way, changes a value in each table, and compares. */
export async function readHostile(tenant: Tenant, seed: number, count: number): Promise<void> {
  const { cluster, asTenant, heard } = tenant;
  const { database } = cluster;
  const schemas: (HostileSchema & { name: string })[] = [];
  for (let i = 0; i < count; i++) {
    const name = `h${seed}_${i}`;
    schemas.push({ name, ...hostileSchema(name, randomFrom(seed * 1000 + i)) });
  }
  await asTenant(schemas.map(({ name, sql }) => `create schema ${name};\n${sql};`).join("\n"));
  expect(await heard(), "made by the tenant").toEqual([]);

  const before = await takeCheckpoint(context, database);
  const portable = await readState(database, [DATABASE], { portable: true });
  await readRoles(askNow(database));
  await readGlobals(askNow(database));
  const archive = `${cluster.directory}/archive`;
  await cluster.host.writeText(archive, "", { user: OS_USER, mode: 0o600 });
  await database.dumpArchive(DATABASE, archive);
  expect(await heard(), "called while the source was read").toEqual([]);

  await asTenant(schemas.flatMap(({ changes }) => changes.map(({ sql }) => sql)).join(";\n"));
  const like = before.databases;
  const after = await readState(database, [DATABASE], { like });
  const portableAfter = await readState(database, [DATABASE], { portable: true, like: portable });
  expect(await heard(), "called while a copy was read").toEqual([]);

  const expected = schemas
    .flatMap(({ name, changes }) => changes.map(({ table }) => `${name}.${table}`))
    .sort();
  for (const [want, have] of [
    [like[DATABASE]!, after[DATABASE]!],
    [portable[DATABASE]!, portableAfter[DATABASE]!],
  ] as const) {
    const tables = compareContent(want.tables, have.tables).map(({ schema, name }) => `${schema}.${name}`);
    expect([...new Set(tables)].sort()).toEqual(expected);
  }
  await asTenant(schemas.map(({ name }) => `drop schema ${name} cascade`).join(";\n"));
}
