// The declared heartbeat and its names, on a real server whose owner means harm.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newestHeartbeat } from "../../scripts/postgres/heartbeat";
import { startTenant, type Tenant } from "../hostile/canary";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant();
  await tenant.asTenant(
    `create schema s; create table s.beat (at timestamptz); insert into s.beat values ('2026-11-30 01:02:03.000004Z');
     create table s."Odd.Beat" ("At Once" timestamptz); insert into s."Odd.Beat" values ('2026-11-30 01:02:03Z');
     create table s.empty (at timestamptz);
     create table s.parts (at timestamptz) partition by range (at); create table s.part partition of s.parts default;
     insert into s.parts values ('2026-11-30 01:02:03Z');
     create function s.told() returns int language plpgsql immutable as $$ begin
       if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then raise log 'CANARY heartbeat'; end if; return 1; end $$;
     create function s.moment(v int) returns timestamptz language plpgsql as $$ begin perform s.told(); return now(); end $$;
     create type s.own as (n int);
     create function s.own_time(v s.own) returns timestamptz language plpgsql immutable as $$ begin perform s.told(); return now(); end $$;
     create cast (s.own as timestamptz) with function s.own_time(s.own) as implicit;
     create view s.as_view as select s.moment(1) as at;
     create table s.typed (at s.own); insert into s.typed values (row(1));
     create table s.indexed (at timestamptz); create index on s.indexed (at) where s.told() = 1;
     create table s.measured (at timestamptz, n int); create statistics s.st on (s.told() + n), n from s.measured;
     create table s.leaf_parent (at timestamptz) partition by range (at); create table s.leaf partition of s.leaf_parent default;
     create index on s.leaf (at) where s.told() = 1;
     create function s.keyed(v int) returns int language plpgsql immutable as $$ begin perform s.told(); return v; end $$;
     create table s.keyed (n int, at timestamptz) partition by range ((s.keyed(1) + n));
     create table s.keyed_1 partition of s.keyed for values from (0) to (100);
     create table s.below (n int, at timestamptz) partition by range (at);
     create table s.below_1 partition of s.below default partition by range ((s.keyed(1) + n));
     create table s.below_11 partition of s.below_1 default`,
  );
}, 60_000);
afterAll(() => tenant.cluster.stop());

const read = (table: string, column = "at"): Promise<string | null> =>
  newestHeartbeat(tenant.cluster.database, { database: "hostile", table, column });

describe("the newest heartbeat", () => {
  it.each([
    ["s.beat", "at", "2026-11-30T01:02:03.000004Z"],
    ['s."Odd.Beat"', "At Once", "2026-11-30T01:02:03.000000Z"],
    ["s.parts", "at", "2026-11-30T01:02:03.000000Z"],
    ["s.empty", "at", null],
  ])("of %s in %s is %s", async (table, column, expected) => {
    expect(await read(table, column)).toBe(expected);
  });

  it.each([
    ["s.as_view", "at", "inconclusive", /is no table/],
    ["s.typed", "at", "inconclusive", /not of type timestamp with time zone/],
    ["s.indexed", "at", "inconclusive", /would run with our rights/],
    ["s.measured", "at", "inconclusive", /would run with our rights/],
    ["s.leaf_parent", "at", "inconclusive", /would run with our rights/],
    ["s.keyed", "at", "inconclusive", /partition key .* would run with our rights/],
    ["s.below", "at", "inconclusive", /partition key .* would run with our rights/],
    ["s.nowhere", "at", "fail", /is not there/],
    ["s.beat", "nothing", "fail", /has no column nothing/],
    ["beat", "at", "config", /declared as beat/],
    [
      "pg_catalog.pg_class; create table public.pwned(a int); select null as last",
      "at",
      "config",
      /is declared as/,
    ],
    ["s.beat", "'2020-01-01'::timestamptz", "fail", /has no column/],
    ["s.beat", "at); drop table s.beat; --", "fail", /has no column/],
  ])("of %s in %s is refused as %s", async (table, column, exit, message) => {
    await expect(read(table, column)).rejects.toMatchObject({
      exit,
      message: expect.stringMatching(message),
    });
  });

  it("runs nothing of theirs", async () => {
    expect(await tenant.heard()).toEqual([]);
    const [row] = await tenant.cluster.database.query<{ n: number }>(
      "hostile",
      "select count(*)::int as n from pg_class where relname = 'pwned'",
    );
    expect(row!.n).toBe(0);
  });
});
