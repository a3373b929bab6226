// What a row's hash notices, on the real server: every value that its type takes for equal to another, and every exchange.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DatabaseState } from "../../scripts/postgres/database-state";
import { compareContent, quote } from "../../scripts/postgres/fingerprint";
import { readState } from "../../scripts/postgres/read-state";
import { rowHash } from "../../scripts/postgres/row-hash";
import { type Cluster, startCluster } from "./cluster";

/** Type and two different values of it. What the type's equality or PostgreSQL's own hash takes for equal is marked =. */
const PAIRS: readonly (readonly [type: string, a: string, b: string])[] = [
  ["int8", "4", "4294967301"], // = hashint8 folds 64 bits into 32
  ["int8", "-1", "4294967295"],
  ["int4", "1", "-1"],
  ["int2", "1", "2"],
  ["bool", "true", "false"],
  ['"char"', "'a'", "'b'"],
  ["oid", "1", "4294967295"],
  ["regclass", "'pg_class'", "'pg_type'"],
  ["name", "'a'", "'A'"],
  ["uuid", "gen_random_uuid()", "gen_random_uuid()"],
  ["numeric", "5", "-5"], // = hash_numeric knows no sign
  ["numeric", "1.0", "1.00"], // =
  ["numeric", "'NaN'", "'Infinity'"], // = by hash_numeric
  ["numeric", "'Infinity'", "'-Infinity'"], // = by hash_numeric
  ["numeric", "1", "10000"],
  ["money8", "1.50", "1.5"], // = a domain
  ["float4", "0", "'-0'"], // =
  ["float8", "0", "'-0'"], // =
  ["float8", "'NaN'", "1"],
  ["money", "1", "-1"],
  ["timestamp", "'2026-01-01 00:00:00.000001'", "'2026-01-01 01:11:34.967296'"],
  ["timestamptz", "'2026-01-01 00:00:00+08'", "'2026-01-01 00:00:00+09'"],
  ["timestamptz", "'infinity'", "'-infinity'"],
  ["timestamptz", "'4714-11-24 00:00:00+00 BC'", "'294276-12-31 23:59:59.999999+00'"],
  ["timestamp", "'4714-11-24 00:00:00 BC'", "'4714-11-24 00:00:00.000001 BC'"],
  ["date", "'infinity'", "'-infinity'"],
  ["date", "'4713-01-01 BC'", "'5874897-12-31'"],
  ["time", "'00:00'", "'24:00'"],
  ["timetz", "'12:00+00'", "'20:00+08'"],
  ["interval", "'1 month'", "'30 days'"], // =
  ["text", "'a'", "'A'"],
  ["text", "''", "' '"],
  ["text collate nocase", "'a'", "'A'"], // =
  ["varchar(9)", "'a'", "'a '"],
  ["bpchar", "'a'", "'a '"], // =
  ["char(3)", "'a'", "'b'"],
  ["citext", "'a'", "'A'"], // =
  ["caseless", "'a'", "'A'"], // = a domain over citext
  ["bytea", "'\\x00'", "'\\x0000'"],
  ["bytea", "decode(repeat('ab', 20000), 'hex')", "decode(repeat('ab', 19999) || 'ac', 'hex')"],
  ["text", "repeat('a', 300000) || 'b'", "repeat('a', 300000) || 'c'"],
  ["json", "'{\"a\":1}'", "'{\"a\": 1}'"], // white space
  ["document", "'[1,2]'", "'[1, 2]'"], // a domain over json
  ["jsonb", "'1.0'", "'1.00'"], // =
  ["xml", "'<a/>'", "'<a></a>'"],
  ["mood", "'sad'", "'happy'"],
  ["good_mood", "'ok'", "'happy'"], // a domain over an enum
  ["mood[]", "'{sad}'", "'{happy}'"],
  ["pair", "row(1, '{}')", "row(1, '{ }')"], // no equality at all
  ["pair", "row(1, '{}')", "row(null, '{}')"],
  ["good_pair", "row(1, '{}')", "row(2, '{}')"], // a domain over a composite type
  ["int4[]", "'[0:1]={1,2}'", "'{1,2}'"],
  ["int4[]", "'{1,NULL}'", "'{1,0}'"],
  ["int4[]", "'{}'", "'{NULL}'"],
  ["few", "'{1}'", "'{2}'"], // a domain over an array
  ["numeric[]", "'{1.0}'", "'{1.00}'"], // =
  ["int4range", "'[1,3)'", "'[1,4)'"],
  ["numrange", "'[1.0,2]'", "'[1.00,2]'"], // =
  ["datemultirange", "'{[2026-01-01,2026-02-01)}'", "'{}'"],
  ["bit varying", "B'1'", "B'10'"],
  ["inet", "'10.0.0.1/8'", "'10.0.0.1/9'"],
  ["macaddr", "'08:00:2b:01:02:03'", "'08:00:2b:01:02:04'"],
  ["pg_lsn", "'0/4'", "'1/5'"], // = hashed as int8 is
  ["tsvector", "'a b'", "'a c'"],
  ["hstore", "'a=>1'", "'a=>NULL'"],
  ["point", "'(0,0)'", "'(-0,0)'"], // =
  ["box", "'(1,1),(0,0)'", "'(2,2),(0,0)'"],
  ["aclitem", "makeaclitem(10, 10, 'SELECT', false)", "makeaclitem(10, 10, 'SELECT', true)"], // no binary form
];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.psql("postgres", "create database hashed");
  await cluster.psql(
    "hashed",
    `create extension citext; create extension hstore;
     create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
     create type mood as enum ('sad', 'ok', 'happy');
     create type pair as (a int, j json);
     create domain money8 as numeric check (value >= 0);
     create domain caseless as citext; create domain document as json; create domain good_mood as mood;
     create domain good_pair as pair; create domain few as int[];
     ${PAIRS.map(([type, a, b], i) =>
       // Alone and nullable; never null, with neighbours of the same type; after a NULL.
       [
         `create table n${i} (v ${type}); insert into n${i} values (${a}), (${b});`,
         `create table c${i} (k int8 not null, v ${type} not null, w ${type} not null, k4 int not null);`,
         `insert into c${i} values (1, ${a}, ${a}, 1), (2, ${b}, ${a}, 2);`,
       ].join("\n"),
     ).join("\n")}`,
  );
}, 60_000);
afterAll(() => cluster.stop());

const read = async (like?: DatabaseState): Promise<DatabaseState> =>
  (await readState(cluster.database, ["hashed"], like ? { like: { hashed: like } } : {})).hashed!;
const changed = async (before: DatabaseState): Promise<string[]> =>
  compareContent(before.tables, (await read(before)).tables).map(({ name }) => name);
const names = (prefix: string): string[] => PAIRS.map((_, i) => `${prefix}${i}`).sort();
const everywhere = (sql: (table: string) => string, prefix: string): Promise<void> =>
  cluster.psql("hashed", PAIRS.map((_, i) => sql(`${prefix}${i}`)).join(";\n"));

describe.sequential("every type", () => {
  it("is read column by column, twice to the same sums", async () => {
    const state = await read();
    expect(state.tables.filter(({ mode }) => mode !== "columns").map(({ name }) => name)).toEqual([
      "pg_largeobject",
      "pg_largeobject_metadata",
    ]);
    expect(await changed(state)).toEqual([]);
  });

  it("shows two rows that exchange a value, though they hold the same values as before", async () => {
    const before = await read();
    const swap = (t: string): string => `update ${t} as x set v = y.v from ${t} as y where x.k <> y.k`;
    await everywhere(swap, "c");
    expect(await changed(before)).toEqual(names("c"));
    await everywhere(swap, "c");
    expect(await changed(before)).toEqual([]);
  });

  it("shows two columns of a row that exchange their values", async () => {
    const before = await read();
    await everywhere((t) => `update ${t} set v = w, w = v where k = 2`, "c");
    expect(await changed(before)).toEqual(names("c"));
    await everywhere((t) => `update ${t} set v = w, w = v where k = 2`, "c");
    expect(await changed(before)).toEqual([]);
  });

  it("shows one value for another that is equal to its type, and a duplicate for another", async () => {
    const before = await read();
    await cluster.psql(
      "hashed",
      PAIRS.map(([, a], i) => `update n${i} set v = ${a}; update c${i} set v = ${a}`).join(";\n"),
    );
    expect(await changed(before)).toEqual([...names("c"), ...names("n")]);
  });

  it("shows a NULL for a value, and which row it is in", async () => {
    const before = await read();
    await everywhere((t) => `update ${t} set v = null where ctid = (select ctid from ${t} limit 1)`, "n");
    expect(await changed(before)).toEqual(names("n"));
  });
});

describe("64 bits of a hash", () => {
  /** Every value of v in [0, 100000) gives one hash. */
  async function distinct(type: string, value: string): Promise<number> {
    await cluster.psql(
      "hashed",
      `drop table if exists many; create table many as select (${value})::${type} as v from generate_series(0, 99999) as g;
       alter table many alter v set not null`,
    );
    const table = (await read()).tables.find(({ name }) => name === "many")!;
    const rows = await cluster.database.query<{ n: string }>(
      "hashed",
      `select count(distinct ${rowHash(table.columns!, quote)})::text as n from public.many as r`,
    );
    await cluster.psql("hashed", "drop table many");
    return Number(rows[0]!.n);
  }

  /** From 2019 on, microseconds since 2000. */
  const MOMENT = "((g + 140000)::int8 << 32 | (g + 140000) # 12345)";

  // PostgreSQL's own functions give all of these one single hash: upper and lower half cancel.
  it.each([
    ["int8", "(g::int8 << 32) | (g # 12345)"],
    ["timestamp", `timestamp '2000-01-01' + ${MOMENT} * interval '1 microsecond'`],
    ["timestamptz", `timestamptz '2000-01-01 00:00+00' + ${MOMENT} * interval '1 microsecond'`],
    ["pg_lsn", "pg_lsn '0/0' + ((g::int8 << 32) | (g # 12345))"],
    ["numeric", "case when g % 2 = 0 then g / 2 else -g / 2 - 1 end"],
  ])("are all of them used: %s", async (type, value) => {
    expect(await distinct(type, value)).toBe(100_000);
  });
});

it("reads a table of as many columns as there may be", async () => {
  const columns = Array.from({ length: 1599 }, (_, i) => `c${i} ${i % 4 ? "int2" : "int8"}`);
  const row = `(${columns.map(() => "7").join(", ")})`;
  await cluster.psql(
    "hashed",
    `create table wide (${columns.map((column) => `${column} not null`).join(", ")}); insert into wide values ${row}, ${row};
     create table wide_null (${columns.join(", ")}); insert into wide_null default values;`,
  );
  const before = await read();
  await cluster.psql(
    "hashed",
    "update wide set c1001 = 8 where ctid = '(0,1)'; update wide_null set c1598 = 7",
  );
  expect(await changed(before)).toEqual(["wide", "wide_null"]);
  await cluster.psql("hashed", "drop table wide, wide_null");
});

it("compares the values of a column that lost its NOT NULL, and refuses to guess when its type changed", async () => {
  const before = await read();
  await cluster.psql("hashed", "alter table c2 alter v drop not null; alter table c3 alter v type int4");
  const differences = compareContent(before.tables, (await read(before)).tables);
  expect(differences.map(({ name, what }) => `${name}: ${what}`)).toEqual([
    "c3: cannot be compared: its columns are not those of the checkpoint",
  ]);
});
