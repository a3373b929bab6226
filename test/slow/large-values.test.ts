// Values near PostgreSQL's limit of 1 GB: read where that is possible, and named where it is not; everything else is compared.
import { afterAll, beforeAll, expect, it } from "vitest";
import { compareState } from "../../scripts/backup/checkpoint";
import { readState } from "../../scripts/postgres/read-state";
import { type Cluster, startCluster } from "../e2e/cluster";

const BYTES = 1_000_000_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.psql(
    "postgres",
    `create table texts (id int, v text); insert into texts values (1, repeat('x', ${BYTES}));
     create table bytes (id int, v bytea); insert into bytes values (1, convert_to(repeat('x', ${BYTES}), 'UTF8'));
     create table arrays (id int, v text[]); insert into arrays values (1, array[repeat('x', ${BYTES / 2}), repeat('y', ${BYTES / 2 - 100})]);
     create table "wide" (${Array.from({ length: 1600 }, (_, i) => `c${i} int2`).join(", ")});
     insert into "wide" (c0, c1599) values (1, 2);
     create table plain (id int); insert into plain values (1)`,
  );
}, 180_000);
afterAll(() => cluster.stop());

it("are read, or named, and a change of one that was read is seen", async () => {
  const before = await readState(cluster.database, ["postgres"]);
  const tables = before.postgres!.tables.map(({ name }) => name);
  expect(tables).toEqual(expect.arrayContaining(["texts", "bytes", "wide", "plain"]));
  const unread = before.postgres!.excluded.filter((table) => table.unread).map(({ name }) => name);
  expect([...tables, ...unread]).toContain("arrays");
  await cluster.psql(
    "postgres",
    `update texts set v = repeat('x', ${BYTES - 1}) || 'y'; update plain set id = 2; update "wide" set c800 = 7;
     update bytes set v = convert_to(repeat('x', ${BYTES - 1}) || 'y', 'UTF8')`,
  );
  const after = await readState(cluster.database, ["postgres"], { like: before });
  const found = compareState({ databases: before, roles: {} }, { databases: after, roles: {} });
  expect(found.content.map(({ name }) => name).sort()).toEqual(["bytes", "plain", "texts", "wide"]);
  expect(found.unread.join("\n")).toMatch(unread.length > 0 ? /"arrays" \(a value is too large/ : /^$/);
}, 300_000);
