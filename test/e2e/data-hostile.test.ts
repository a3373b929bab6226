// Whoever owns the tables that a rule reads can neither run code with our rights, nor make anybody wait, nor have a value of the data told.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DataRule, SqlRule } from "../../policies/data/quality";
import { guardedQuery, openGuarded } from "../../scripts/data/quality/guarded-read";
import type { RuleResult } from "../../scripts/data/quality/result";
import { runRules } from "../../scripts/data/quality/run-rules";
import { readInPeace } from "../../scripts/postgres/let-go";
import { startTenant, type Tenant } from "../hostile/canary";
import { CANARY, hostileSchema, randomFrom } from "../hostile/schemas";
import { core, OPTIONS, RULES } from "../scripts/data/learning";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant();
  await tenant.asTenant(`create schema shop`);
}, 60_000);
afterAll(() => tenant.cluster.stop());

const DATABASE = "hostile";
const rule = (sql: string, more: Partial<SqlRule> = {}): DataRule => ({
  id: "a-rule",
  title: { zh: "规则", en: "A rule" },
  clause: "DATA-CLEAN",
  modules: ["shop"],
  database: DATABASE,
  severity: "error",
  owner: "data-steward",
  cadence: "daily",
  sample: 10,
  most: 1000,
  seconds: 20,
  parameters: {},
  keys: [{ column: "id", personal: false }],
  sql,
  ...more,
});

const run = async (...rules: DataRule[]): Promise<RuleResult[]> =>
  runRules(core, tenant.cluster.database, rules, { ...OPTIONS, databases: [DATABASE] });

/** Says it aloud, in every way in which it may be called. */
const F = `create function shop.f(int) returns int language plpgsql immutable as $$ begin raise log '${CANARY} f by %', current_user; return $1; end $$;
           create function shop.t(text) returns text language plpgsql immutable as $$ begin raise log '${CANARY} t by %', current_user; return $1; end $$;`;

const NAIVE = "select o.id from shop.orders o where o.status = 'paid'";
/** Named all the same: that this very query does not call it is nothing to rely on. */
const HARMLESS = new Set([
  "a cast of the row, which takes the place of a column that is gone",
  "a composite type with a cast, inside an array inside a composite",
  "a partition key that is an expression",
]);

describe("tables of somebody who means harm", () => {
  beforeEach(async () => {
    await tenant.asTenant(`drop schema shop cascade; create schema shop; ${F}`);
    await tenant.heard();
  });

  it.each([
    [
      "a view in a table's place",
      "create view shop.orders as select shop.f(1) as id, 'paid'::text as status",
      /"shop"."orders" is a view/,
    ],
    [
      "an index whose expression calls a function of a constant",
      "create table shop.orders (id int, status text); create index on shop.orders ((shop.f(1) + id))",
      /"shop"."orders" may call functions/,
    ],
    [
      "statistics that do",
      "create table shop.orders (id int, status text); create statistics shop.s on (shop.f(1) + id), status from shop.orders",
      /"shop"."orders" may call functions/,
    ],
    [
      "a partition whose index does",
      `create table shop.orders (id int, status text) partition by range (id);
       create table shop.orders_1 partition of shop.orders for values from (0) to (10); create index on shop.orders_1 ((shop.f(1) + id))`,
      /"shop"."orders_1" may call functions/,
    ],
    [
      "a child that inherits",
      "create table shop.orders (id int, status text); create table shop.child () inherits (shop.orders); create index on shop.child ((shop.f(1) + id))",
      /"shop"."child" may call functions/,
    ],
    [
      "a partition key that is an expression",
      "create table shop.orders (id int, status text) partition by range ((shop.f(id)))",
      /partition key of "shop"."orders"/,
    ],
    [
      "a cast of an enum to text, which a comparison with a literal would take",
      `create type shop.status as enum ('paid', 'open'); create table shop.orders (id int, status shop.status); insert into shop.orders values (1, 'paid');
       create function shop.c(shop.status) returns text language plpgsql immutable as $$ begin raise log '${CANARY} cast'; return 'paid'; end $$;
       create cast (shop.status as text) with function shop.c(shop.status) as implicit`,
      /a cast of "shop"."orders" \(shop.status as text\)/,
    ],
    [
      "a cast of the row, which takes the place of a column that is gone",
      `create table shop.orders (id int); insert into shop.orders values (1);
       create function shop.c(shop.orders) returns text language plpgsql immutable as $$ begin raise log '${CANARY} cast'; return 'paid'; end $$;
       create cast (shop.orders as text) with function shop.c(shop.orders) as implicit`,
      /a column that it names is not there|a cast of "shop"."orders"/,
    ],
    [
      "a composite type with a cast, inside an array inside a composite",
      `create type shop.a as (n int); create type shop.b as (l shop.a[]); create table shop.orders (id int, status text, b shop.b);
       create function shop.c(shop.a) returns text language plpgsql immutable as $$ begin raise log '${CANARY} cast'; return 'x'; end $$;
       create cast (shop.a as text) with function shop.c(shop.a) as implicit`,
      /a cast of "shop"."orders"/,
    ],
  ])("%s: nothing runs, and the rule names it", async (what, sql, why) => {
    await tenant.asTenant(sql);
    await tenant.heard();
    const [result] = await run(rule(NAIVE));
    expect(await tenant.heard()).toEqual([]);
    expect(result).toMatchObject({ count: 0, sample: [] });
    expect(result!.unable).toEqual([expect.stringMatching(why)]);
    // What anyone else would hear: the guard is not silent for want of danger.
    await tenant.cluster.database.query(DATABASE, NAIVE).catch(() => {});
    if (!HARMLESS.has(what)) expect(await tenant.heard()).not.toEqual([]);
  });

  it.each([
    [
      "operators and functions of theirs, for types of PostgreSQL's own",
      `create table shop.orders (id int, status text); insert into shop.orders values (1, 'paid');
       create function shop.eq(text, text) returns bool language plpgsql as $$ begin raise log '${CANARY} eq'; return true; end $$;
       create operator shop.= (leftarg = text, rightarg = text, function = shop.eq)`,
    ],
    [
      "domains whose CHECK calls a function",
      `create domain shop.d as text check (shop.t(value) is not null); create domain shop.i as int check (shop.f(value) > 0);
       create table shop.orders (id shop.i, status shop.d); insert into shop.orders values (1, 'paid')`,
    ],
    [
      "a CHECK constraint, a default, a policy and a rule that call one",
      `create table shop.orders (id int default shop.f(1), status text check (shop.t(status) is not null)); insert into shop.orders values (1, 'paid');
       create policy p on shop.orders using (shop.f(1) > 0); create rule r as on update to shop.orders do also select shop.f(1)`,
    ],
    [
      "an enum without casts",
      "create type shop.status as enum ('paid', 'open'); create table shop.orders (id int, status shop.status); insert into shop.orders values (1, 'paid')",
    ],
  ])("%s: the rule finds its row, and nothing of theirs runs", async (_, sql) => {
    await tenant.asTenant(sql);
    await tenant.heard();
    const [result] = await run(rule("select o.id from shop.orders o where o.status = 'paid'"));
    expect(await tenant.heard()).toEqual([]);
    expect(result).toMatchObject({ count: 1, sample: [{ key: { id: "1" } }], unable: [] });
  });

  it("constraints that would run code are not evaluated by generic rules: NOT VALID ones are named", async () => {
    await tenant.asTenant(
      `create domain shop.d as int check (shop.f(value) > 0); create type shop.status as enum ('a', 'b');
       create table shop.orders (id int primary key, status shop.status, n int, m text);
       insert into shop.orders values (1, 'a', -1, 'x');
       alter table shop.orders add constraint theirs check (shop.f(n) > 0) not valid;
       alter table shop.orders add constraint as_domain check (n::shop.d > 0) not valid;
       alter table shop.orders add constraint sql_as_text check (query_to_xml('select shop.f(1)', false, false, '') is null) not valid;
       alter table shop.orders add constraint plain check (n > 0) not valid;
       alter table shop.orders add constraint by_enum check (status <> 'a' and m = any (array['y', 'z'])) not valid;
       create table shop.lines (id int primary key, order_id int); insert into shop.lines values (5, 77);
       alter table shop.lines add foreign key (order_id) references shop.orders not valid;
       create table shop.bare (a int, p shop.d); create table shop.by_f (id int) partition by range ((shop.f(id)));
       create table shop.by_f_1 partition of shop.by_f for values from (1) to (9)`,
    );
    await tenant.heard();
    const results = await run(...RULES.filter((one) => "generic" in one));
    expect(await tenant.heard()).toEqual([]);
    const of = (id: string): RuleResult => results.find((one) => one.rule.id === id)!;
    expect(
      of("forbidden-values")
        .unable.map((text) => /\((\w+)\)/.exec(text)?.[1])
        .sort(),
    ).toEqual(["as_domain", "sql_as_text", "theirs"]);
    expect(
      of("forbidden-values")
        .sample.map(({ object }) => object)
        .sort(),
    ).toEqual(["shop.orders (by_enum)", "shop.orders (plain)"]);
    expect(of("orphaned-rows").sample).toEqual([
      { object: "shop.lines (lines_order_id_fkey)", key: { id: "5" } },
    ]);
    expect(of("misplaced-rows").unable).toEqual([expect.stringContaining("shop.by_f_1: its partition key")]);
  });

  it("a rule that takes too long lets go and is inconclusive; the next one runs", async () => {
    await tenant.asTenant(
      "create table shop.orders (id int, status text); insert into shop.orders values (1, 'paid')",
    );
    const slow = rule("select o.id from shop.orders o, lateral (select pg_sleep(30)) as s", {
      id: "slow",
      seconds: 1,
    });
    const began = Date.now();
    const results = await run(slow, rule("select o.id from shop.orders o"));
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(results[0]!.unable).toEqual(["it did not end within 1 s"]);
    expect(results[1]).toMatchObject({ count: 1, unable: [] });
    const left = await tenant.cluster.database.query(
      "postgres",
      "select from pg_stat_activity where application_name = 'ops' and state <> 'idle' and pid <> pg_backend_pid()",
    );
    expect(left).toEqual([]);
  });

  it("the whole run has a limit too", async () => {
    await tenant.asTenant("create table shop.orders (id int)");
    const slow = rule("select o.id from pg_sleep(30), shop.orders o right join (values (1)) as v(n) on true");
    const results = await runRules(
      core,
      tenant.cluster.database,
      [slow, { ...slow, id: "second" }, { ...slow, id: "third" }],
      {
        ...OPTIONS,
        databases: [DATABASE],
        limitSeconds: 1,
      },
    );
    expect(results.map(({ unable }) => unable.length)).toEqual([1, 1, 1]);
    expect(results[2]!.unable).toEqual(["the time of the whole run was up before it"]);
  });

  it("a table that somebody alters is not waited for", async () => {
    await tenant.asTenant("create table shop.orders (id int)");
    const owner = await tenant.as("tenant").session(DATABASE);
    await owner.query("begin");
    await owner.query("lock table shop.orders in access exclusive mode");
    const [result] = await run(rule("select o.id from shop.orders o"));
    await owner.close();
    expect(result!.unable).toEqual([expect.stringContaining("locked by somebody else")]);
  });

  it("whoever waits for a rule makes it let go, and it runs again", async () => {
    await tenant.asTenant("create table shop.orders (id int); insert into shop.orders values (1)");
    const slow = rule("select o.id from shop.orders o, lateral (select pg_sleep(4)) as s");
    const told: string[] = [];
    const reading = readInPeace(
      { ...core, random: () => 0.05 },
      tenant.cluster.database,
      (watched) => runRules(core, watched, [slow], { ...OPTIONS, databases: [DATABASE] }),
      (what) => told.push(what),
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const began = Date.now();
    await tenant.as("tenant").query(DATABASE, "alter table shop.orders add column n int");
    expect(Date.now() - began).toBeLessThan(1500);
    const { done } = await reading;
    expect(told).toEqual([expect.stringContaining("waited for AccessExclusiveLock")]);
    expect(done[0]).toMatchObject({ count: 1, unable: [] });
  });
});

describe("databases full of hostile schemas", () => {
  it("call nothing of theirs while every generic rule reads them", async () => {
    const schemas = Array.from({ length: 16 }, (_, i) => {
      const name = `g${i}`;
      return `create schema ${name};\n${hostileSchema(name, randomFrom(9000 + i)).sql};`;
    });
    await tenant.asTenant(schemas.join("\n"));
    await tenant.heard();
    const results = await run(...RULES.filter((one) => "generic" in one));
    expect(await tenant.heard()).toEqual([]);
    expect(results.every(({ notApplicable }) => notApplicable === undefined)).toBe(true);
  }, 60_000);

  it("call nothing while each of their columns is compared, cast, grouped and printed by a rule", async () => {
    const columns = await tenant.cluster.database.query<{ t: string; c: string }>(
      DATABASE,
      `select format('%I.%I', n.nspname, r.relname) as t, quote_ident(a.attname) as c
         from pg_class r join pg_namespace n on n.oid = r.relnamespace join pg_attribute a on a.attrelid = r.oid
        where n.nspname ~ '^g[0-9]+$' and r.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped`,
    );
    expect(columns.length).toBeGreaterThan(50);
    const rules = columns.flatMap(({ t: table, c }, i) => [
      rule(`select q.${c} as id from ${table} q where q.${c} = 'glad'`, { id: `equal-${i}` }),
      rule(`select min(q.${c}::text) as id from ${table} q group by q.${c}::text having count(*) > 0`, {
        id: `text-${i}`,
      }),
      rule(`select q.name as id from ${table} q where q.text <> '' order by q.${c}`, { id: `row-${i}` }),
    ]);
    await tenant.heard();
    const results = await run(...rules);
    expect(await tenant.heard()).toEqual([]);
    expect(
      results.filter(({ unable }) => unable.some((why) => /a cast of/.test(why))).length,
    ).toBeGreaterThan(0);
    expect(results.filter(({ count }) => count > 0).length).toBeGreaterThan(0);
  }, 120_000);
});

describe("schemas that change their names", () => {
  it("between looking and reading: what was read is not told", async () => {
    await tenant.asTenant(
      `drop schema shop cascade; create schema shop; create table shop.orders (id int, status text); insert into shop.orders values (1, 'paid');
       create schema other; create table other.orders (id int, status text); insert into other.orders values (666, 'paid')`,
    );
    const reader = await openGuarded(tenant.cluster.database, DATABASE, undefined);
    const { reading } = reader;
    const query: typeof reading.query = async (sql, values) => {
      if (sql === NAIVE)
        await tenant.asTenant("alter schema shop rename to before; alter schema other rename to shop");
      return reading.query(sql, values);
    };
    try {
      const read = guardedQuery({ ...reader, reading: { ...reading, query } }, NAIVE, [], 10);
      await expect(read).rejects.toThrow('"shop"."orders" took the place of what was looked at');
    } finally {
      await reader.close();
      await tenant.asTenant("drop schema before cascade");
    }
  });
});

describe("a server that cannot refuse to expand views", () => {
  it("is looked at all the same: the view is locked by parsing, and named", async () => {
    await tenant.asTenant(
      `drop schema shop cascade; create schema shop; ${F} create view shop.orders as select shop.f(1) as id, 'paid'::text as status`,
    );
    await tenant.heard();
    const reader = await openGuarded(tenant.cluster.database, DATABASE, undefined);
    try {
      await reader.reading.query("select set_config('restrict_nonsystem_relation_kind', '', false)");
      await expect(guardedQuery(reader, NAIVE, [], 10)).rejects.toThrow('"shop"."orders" is a view');
      await expect(guardedQuery(reader, "select 1 as id", [], 10)).resolves.toEqual([{ id: 1 }]);
    } finally {
      await reader.close();
    }
    expect(await tenant.heard()).toEqual([]);
  });
});

describe("values of the data", () => {
  it("are neither in results nor in reasons: keys that are personal, or look so, are digests", async () => {
    await tenant.asTenant(
      `drop schema shop cascade; create schema shop;
       create table shop.people (id text primary key, phone text, note text, n text);
       insert into shop.people values ('a-1', '13812345678', '王小明 住在沈阳', '21011119900307123X'), ('13987654321', 'x', 'y', 'z')`,
    );
    const results = await run(
      rule("select p.id, p.phone, p.note, p.n from shop.people p order by p.id desc", {
        keys: ["id", "phone", "note", "n"].map((column) => ({ column, personal: false })),
      }),
      rule("select p.note::int as id from shop.people p", { id: "cast" }),
      rule("select p.id, (1 / (length(p.phone) - 11)) as n from shop.people p", { id: "zero" }),
    );
    const text = JSON.stringify(results);
    for (const value of ["13812345678", "王小明", "沈阳", "21011119900307123X", "13987654321"])
      expect(text).not.toContain(value);
    const [first] = results;
    expect(first!.sample[0]!.key).toEqual({
      id: "a-1",
      phone: expect.stringMatching(/^#[0-9a-f]{16}$/),
      note: expect.stringMatching(/^#/),
      n: expect.stringMatching(/^#/),
    });
    expect(results[1]!.unable).toEqual(["PostgreSQL refused it: see its log (SQLSTATE 22P02)"]);
    expect(results[2]!.unable).toEqual(["PostgreSQL refused it: see its log (SQLSTATE 22012)"]);
  });

  it("count up to a bound, and then say at least", async () => {
    const [result] = await run(
      rule("select n as id from generate_series(1, 5000) as n", { most: 100, sample: 3 }),
    );
    expect(result).toMatchObject({ count: 100, atLeast: true });
    expect(result!.sample).toHaveLength(3);
  });
});
