// Rows of a real table get pseudonyms or stay as they are, whole; what a server says of a value is never repeated.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MaskedDatabase } from "../../policies/data/masking";
import { listMaskable } from "../../scripts/masking/catalogue";
import { resolve } from "../../scripts/masking/declared";
import { maskWith } from "../../scripts/masking/mask";
import { QUIET, type Rewritten, rewrite } from "../../scripts/masking/rewrite";
import { endWhatHolds, refreshViews } from "../../scripts/masking/traces";
import type { Session } from "../../scripts/postgres/port";
import { type Cluster, startCluster } from "./cluster";

const PHONE = "13987650001";
let cluster: Cluster;
let session: Session;

beforeAll(async () => {
  cluster = await startCluster({ max_prepared_transactions: "5" });
  session = await cluster.database.session("postgres");
  for (const statement of QUIET) await session.query(statement);
}, 60_000);
afterAll(async () => {
  await session.close();
  await cluster.stop();
});

async function masked(
  make: string,
  columns: MaskedDatabase["tables"][number]["columns"],
): Promise<Rewritten> {
  await cluster.psql("postgres", `drop schema if exists s cascade; create schema s; ${make}`);
  const declared = { database: "postgres", tables: [{ table: "s.t", columns }] };
  const { tables, problems } = resolve(declared, await listMaskable(session));
  expect(problems).toEqual([]);
  return rewrite(session, tables[0]!, maskWith(Buffer.alloc(32, 9)));
}

const rows = (sql: string): Promise<Record<string, unknown>[]> => session.query(sql);

describe("a table", () => {
  it.each<[string, string, Parameters<typeof masked>[1], RegExp]>([
    [
      "too short a column",
      `create table s.t (a varchar(12)); insert into s.t values ('a@b.cn')`,
      { a: "mail" },
      /22001: .*too long/,
    ],
    [
      "names that are unique",
      `create table s.t (a text unique); insert into s.t select '王' || chr(19968 + g) from generate_series(0, 20000) g`,
      { a: "name" },
      /23505: .*stays unique, such as code/,
    ],
    [
      "a check",
      `create table s.t (a text check (a = '${PHONE}')); insert into s.t values ('${PHONE}')`,
      { a: "mobile" },
      /23514/,
    ],
    [
      "code that tells",
      `create table s.t (a text); insert into s.t values ('${PHONE}');
       create function s.tell(text) returns boolean language plpgsql as $$ begin
         if $1 <> '${PHONE}' then raise exception 'it was ${PHONE}'; end if; return true; end $$;
       alter table s.t add check (s.tell(a))`,
      { a: "mobile" },
      /P0001/,
    ],
    [
      "a value that is no JSON",
      `create table s.t (a json); insert into s.t values ('{}')`,
      { a: { json: { b: "name" } } },
      /^never$/,
    ],
  ])("that refuses by %s stays whole, and says no value", async (_what, make, columns, says) => {
    const error = await masked(make, columns).then(
      () => new Error("never"),
      (refused: Error) => refused,
    );
    expect(error.message).toMatch(says);
    expect(JSON.stringify(error) + error.message).not.toContain(PHONE);
    expect(await rows("select from s.t limit 1")).toHaveLength(1);
    expect(await rows("select from pg_class where relname = 'ops_rows'")).toEqual([]);
  });

  it("keeps numbers in other types, and rules and identities as they were", async () => {
    const done = await masked(
      `create table s.t (id int generated always as identity, a bigint, d numeric, n text);
       create table s.kept (a bigint);
       create rule always as on delete to s.t do also insert into s.kept values (old.a);
       alter table s.t enable always rule always;
       create publication p for table s.t;
       insert into s.t (a, d, n) values (${PHONE}, ${PHONE}, null), (null, null, '')`,
      { a: "mobile", d: "mobile", n: "name" },
    );
    expect(done).toEqual({ rows: 2, values: 2, unchanged: [] });
    const [first, second] = await rows("select id, a::text as a, d::text as d, n from s.t order by id");
    expect(first).toMatchObject({ id: 1, n: null });
    expect(first!.a).toMatch(/^1\d{10}$/);
    expect(first!.a).toBe(first!.d);
    expect(first!.a).not.toBe(PHONE);
    expect(second).toEqual({ id: 2, a: null, d: null, n: "" });
    expect(await rows("select from s.kept")).toEqual([]);
    const [state] = await rows(
      "select ev_enabled::text as rule, relreplident::text as identity from pg_rewrite r join pg_class c on c.oid = ev_class where rulename = 'always'",
    );
    expect(state).toEqual({ rule: "A", identity: "d" });
    await cluster.psql("postgres", "drop publication p");
  });

  it("is read a batch at a time, however large its values are", async () => {
    const done = await masked(
      "create table s.t (a text, b text); alter table s.t alter a set storage external; insert into s.t select repeat('x', 700000), g::text from generate_series(1, 40) g",
      { a: "free-text" },
    );
    expect(done).toMatchObject({ rows: 40, values: 40 });
    expect(
      await rows(
        "select count(distinct b)::int as n, min(length(a)) as least from s.t where a not like 'xx%'",
      ),
    ).toEqual([{ n: 40, least: 700000 }]);
  });
});

describe("what is left of old values", () => {
  it("what holds dead rows ends: prepared transactions of any database, and slots", async () => {
    await cluster.psql("postgres", "create database other");
    await cluster.psql("other", "create table t (a int)");
    await cluster.psql("other", "begin; insert into t values (1); prepare transaction 'it''s'");
    await cluster.psql("postgres", "select pg_create_physical_replication_slot('held', true)");
    await endWhatHolds(session, (database) => cluster.database.session(database));
    expect(await rows("select from pg_prepared_xacts")).toEqual([]);
    expect(await rows("select from pg_replication_slots")).toEqual([]);
  });

  it("a view that cannot be computed anew is emptied, and named", async () => {
    await cluster.psql(
      "postgres",
      `drop schema if exists s cascade; create schema s; create table s.t (a int); insert into s.t values (1);
       create materialized view s.good as select a from s.t;
       create materialized view s.bad as select 1 / (2 - a) as b, a from s.good;
       update s.t set a = 2`,
    );
    expect(await refreshViews(session)).toEqual(['"s"."bad"']);
    expect(await rows("select a from s.good")).toEqual([{ a: 2 }]);
    await expect(rows("select from s.bad")).rejects.toThrow("has not been populated");
  });
});
