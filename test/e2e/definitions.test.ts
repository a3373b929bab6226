// Two different definitions are never one: what pg_dump leaves out is read here, of a real server, before and after one change each.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClusterState, compareState } from "../../scripts/backup/checkpoint";
import type { PhaseProgress } from "../../scripts/core/progress";
import { LIST_EXTENSION_MEMBERS } from "../../scripts/postgres/extension-members";
import { askNow, digests, readGlobals, readRoles } from "../../scripts/postgres/read-shared";
import { readState } from "../../scripts/postgres/read-state";
import { compareDigests } from "../../scripts/postgres/schema-digest";
import { SHARED_BY } from "../../scripts/postgres/shared-objects";
import { compareLoaded } from "../../scripts/restore/partial/compare";
import type { Selection } from "../../scripts/restore/partial/selection";
import { type Cluster, OS_USER, startCluster } from "./cluster";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.psql("postgres", "create database own; create database other template own");
}, 60_000);
afterAll(() => cluster.stop());

describe("what a cluster has beside its databases", () => {
  const shared = async (passwords: boolean): Promise<ClusterState> => ({
    databases: {},
    roles: (await readRoles(askNow(cluster.database), passwords)).roles,
    globals: await readGlobals(askNow(cluster.database)),
    sharedBy: SHARED_BY,
  });

  beforeAll(() =>
    cluster.psql(
      "postgres",
      'create role "a,b"; create role a; create role b; create role app; create role "p,b"',
    ),
  );

  it.each<[string, first: string, second: string, says: string]>([
    [
      "membership in one role, and in two whose names joined are its own",
      'grant "a,b" to app',
      'revoke "a,b" from app; grant a, b to app',
      "role app: changed",
    ],
    [
      "one setting, and two whose texts joined are its own",
      "alter role app set my.x = '1|my.y=2'",
      "alter role app reset my.x; alter role app set my.x = '1'; alter role app set my.y = '2'",
      "role app: changed",
    ],
    [
      "a setting in a database, and one that says so in its value",
      "alter role a in database own set my.x = '1'; alter role a in database other set my.x = '2'",
      "alter role a in database own reset my.x; alter role a in database other reset my.x; alter role a in database own set my.x = '1,other:my.x=2'",
      "role a: changed",
    ],
    ["an option of a membership", "grant a to app", "grant a to app with admin option", "role app: changed"],
    [
      "who granted a membership",
      'create role one createrole; grant one to "a,b" with admin option; set role "a,b"; grant one to app; reset role',
      "revoke one from app; grant one to app",
      "role app: changed",
    ],
    ["a membership of a predefined role", "", "grant a to pg_monitor", "role pg_monitor: changed"],
    [
      "a setting of every role",
      "",
      "alter role all set my.x = '1'",
      "settings of every role: not there at the checkpoint",
    ],
    [
      "an option of a tablespace, and one that is there besides",
      "alter tablespace pg_default set (seq_page_cost = 3)",
      "alter tablespace pg_default set (seq_page_cost = 3, random_page_cost = 3)",
      "tablespace pg_default: changed",
    ],
  ])("%s", async (_, first, second, says) => {
    await cluster.psql("postgres", first);
    const [before, without] = [await shared(true), await shared(false)];
    expect(compareState(before, await shared(true)).roles).toEqual([]);
    await cluster.psql("postgres", second);
    expect(compareState(before, await shared(true)).roles).toEqual([says]);
    expect(compareState(without, await shared(false)).roles).toEqual([says]);
  });

  it("an option of a membership that came with PostgreSQL 16", async ({ skip }) => {
    const version = "select current_setting('server_version_num')::int as version";
    const [row] = await cluster.database.query<{ version: number }>("postgres", version);
    if (row!.version < 160_000) return skip();
    await cluster.psql("postgres", 'grant b to "p,b" with inherit true, set true');
    const before = await shared(true);
    await cluster.psql("postgres", 'grant b to "p,b" with inherit false, set true');
    expect(compareState(before, await shared(true)).roles).toEqual(["role p,b: changed"]);
  });
});

describe("a table that was loaded elsewhere", () => {
  const table = { schema: "public", name: "kept" };
  const structure = async (): Promise<{ verdict: string; detail: string }> => {
    const selection: Selection = {
      database: "own",
      relations: [{ ...table, oid: "0", kind: "r", owned: false }],
      unwanted: new Set(),
      leftOut: [],
      recomputed: [],
      bytes: 0,
    };
    const side = (database: string) => ({ server: cluster.database, database });
    const quiet = { update() {}, note() {}, check() {} } as unknown as PhaseProgress;
    const checks = await compareLoaded(selection, side("own"), side("loaded"), [], quiet);
    return checks.find(({ name }) => name === "loaded-structure")!;
  };

  beforeAll(async () => {
    await cluster.psql("postgres", "create database loaded");
    await cluster.psql(
      "own",
      `create table kept (id int primary key, v text collate "C" default 'x' check (v <> ''));
       create function kept_ran() returns trigger language plpgsql as 'begin return new; end';
       create trigger tr before insert on kept for each row execute function kept_ran();
       alter table kept disable trigger tr; alter table kept alter v set storage external, alter v set statistics 7;
       alter table kept set (fillfactor = 70); alter table kept enable row level security, replica identity full;
       create policy p on kept for all to pg_monitor using (id > 0); cluster kept using kept_pkey;
       create rule ru as on delete to kept do also notify deleted`,
    );
    const ran = "create function kept_ran() returns trigger language plpgsql as 'begin return new; end'";
    await cluster.psql("loaded", ran);
    const file = `${cluster.directory}/kept.archive`;
    await cluster.host.writeText(file, "", { user: OS_USER, mode: 0o600 });
    await cluster.database.dumpArchive("own", file, { only: [table] });
    for (const part of ["definitions and data", "constraints and indexes"] as const)
      expect(await cluster.database.loadArchive("loaded", file, { part })).toEqual([]);
  }, 60_000);

  it("is the same as pg_dump and pg_restore carry it", async () => {
    expect(await structure()).toMatchObject({ verdict: "pass" });
  });

  it.each<[what: string, sql: string, back: string, says: string]>([
    [
      "a policy's condition, as what new rows must fulfil",
      "drop policy p on kept; create policy p on kept for all to pg_monitor with check (id > 0)",
      "drop policy p on kept; create policy p on kept for all to pg_monitor using (id > 0)",
      "policy p of public.kept: changed",
    ],
    [
      "a policy's roles",
      "alter policy p on kept to public",
      "alter policy p on kept to pg_monitor",
      "policy p of public.kept: changed",
    ],
    [
      "a rule",
      "alter table kept disable rule ru",
      "alter table kept enable rule ru",
      "rule ru of public.kept: changed",
    ],
    [
      "an option",
      "alter table kept reset (fillfactor)",
      "alter table kept set (fillfactor = 70)",
      "storage of public.kept: changed",
    ],
    [
      "an owner",
      "alter table kept owner to app",
      "alter table kept owner to postgres",
      "owner of public.kept: changed",
    ],
    [
      "a collation",
      'alter table kept alter v type text collate "POSIX"',
      'alter table kept alter v type text collate "C", alter v set storage external',
      "column public.kept.v: changed",
    ],
  ])("is not the same with %s changed", async (_, sql, back, says) => {
    await cluster.psql("loaded", sql);
    expect(await structure()).toMatchObject({ verdict: "fail", detail: says });
    await cluster.psql("loaded", back);
    expect(await structure()).toMatchObject({ verdict: "pass" });
  });
});

/** Members of an extension, one of each kind that can be made here. */
const MEMBERS = `
  create extension pg_trgm; create extension file_fdw;
  create table t (id int check (id > 0), v text, w int default 7);
  create index i on t (v);
  create function ran() returns trigger language plpgsql as 'begin return new; end';
  create trigger tr before insert on t for each row execute function ran();
  create trigger quiet before update on t for each row execute function ran();
  create rule ru as on delete to t do also notify deleted;
  create statistics st on id, w from t;
  create function f() returns int language sql return 1;
  create function g(i int) returns int language plpgsql as 'begin return i; end';
  create aggregate ag(int) (sfunc = int4pl, stype = int, initcond = '0');
  create view vw as select 1 as one; create materialized view mv as select 1 as one;
  create sequence sq; create type en as enum ('a', 'c'); create domain dom as int; create type comp as (a int);
  create type rg as range (subtype = int);
  create operator === (leftarg = int, rightarg = int, function = int4eq);
  create operator family fam using btree;
  create cast (comp as text) with inout;
  create foreign data wrapper none; create server srv foreign data wrapper none options (a '1');
  create foreign table ft (a int) server srv options (filename '/dev/null');
  create text search dictionary dict (template = simple, accept = true);
  create text search configuration conf (copy = simple);
  create function fired() returns event_trigger language plpgsql as 'begin end';
  create event trigger et on ddl_command_end execute function fired();
  alter event trigger et disable;
  ${[
    "table t",
    "function ran()",
    "function f()",
    "function g(int)",
    "aggregate ag(int)",
    "view vw",
    "materialized view mv",
    "sequence sq",
    "type en",
    "domain dom",
    "type comp",
    "type rg",
    "operator ===(int, int)",
    "operator family fam using btree",
    "cast (comp as text)",
    "server srv",
    "foreign table ft",
    "text search dictionary dict",
    "text search configuration conf",
    "function fired()",
    "event trigger et",
  ]
    .map((member) => `alter extension pg_trgm add ${member};`)
    .join("\n")}`;

describe("members of extensions", () => {
  const list = (database: string) =>
    cluster.database.query<{ name: string; definition: string }>(database, LIST_EXTENSION_MEMBERS);
  beforeAll(() => cluster.psql("own", MEMBERS));

  // pg_dump says nothing of any of these.
  it.each<[what: string, sql: string, says: string]>([
    [
      "a body in SQL's own syntax",
      "create or replace function f() returns int return 666",
      "function public.f(): changed",
    ],
    [
      "a body in a text",
      "create or replace function g(i int) returns int language plpgsql as 'begin return 0; end'",
      "function public.g(integer): changed",
    ],
    [
      "a setting of a function",
      "alter function g(int) set work_mem = '1GB'",
      "function public.g(integer): changed",
    ],
    [
      "an aggregate",
      "create or replace aggregate ag(int) (sfunc = int4pl, stype = int, initcond = '1')",
      "aggregate public.ag(integer): changed",
    ],
    ["a dropped index", "drop index i", "index i of public.t: missing"],
    ["a dropped trigger", "drop trigger tr on t", "trigger tr of public.t: missing"],
    ["a disabled trigger", "alter table t disable trigger quiet", "trigger quiet of public.t: changed"],
    ["a default", "alter table t alter w set default 8", "column public.t.w: changed"],
    [
      "a dropped constraint",
      "alter table t drop constraint t_id_check",
      "constraint t_id_check of public.t: missing",
    ],
    [
      "a rule",
      "create or replace rule ru as on delete to t do instead nothing",
      "rule ru of public.t: changed",
    ],
    ["a dropped statistics object", "drop statistics st", "table public.t: changed"],
    ["row security", "alter table t enable row level security", "storage of public.t: changed"],
    ["a view", "create or replace view vw as select 2 as one", "view public.vw: changed"],
    ["a sequence", "alter sequence sq increment 2", "sequence public.sq: changed"],
    ["a value of an enum", "alter type en add value 'b' before 'c'", "type public.en: changed"],
    [
      "a constraint of a domain",
      "alter domain dom add constraint few check (value < 9)",
      "type public.dom: changed",
    ],
    [
      "a column of a row type",
      "alter type comp alter attribute a type bigint",
      "column public.comp.a: changed",
    ],
    [
      "an operator",
      "alter operator === (int, int) set (restrict = eqsel)",
      "operator public.===(integer,integer): changed",
    ],
    [
      "an operator family",
      "alter operator family fam using btree add operator 3 === (int, int)",
      "operator family public.fam USING btree: changed",
    ],
    ["an option of a server", "alter server srv options (set a '2')", "server srv: changed"],
    [
      "an option of a foreign table",
      "alter foreign table ft options (set filename '/etc/passwd')",
      "foreign table public.ft: changed",
    ],
    [
      "a dictionary",
      "alter text search dictionary dict (accept = false)",
      "text search dictionary public.dict: changed",
    ],
    [
      "a text search configuration",
      "alter text search configuration conf drop mapping for word",
      "text search configuration public.conf: changed",
    ],
    ["an event trigger that is enabled", "alter event trigger et enable", "event trigger et: changed"],
    [
      "a member of another extension",
      "alter extension pg_trgm drop function g(int); alter extension file_fdw add function g(int)",
      "function public.g(integer): changed",
    ],
  ])("%s", async (_, sql, says) => {
    const before = digests(await list("own"));
    await cluster.psql("own", sql);
    expect(compareDigests(before, digests(await list("own")))).toEqual([`EXTENSION MEMBER ${says}`]);
  });

  it("belong to the schema that is compared", async () => {
    const read = async (): Promise<ClusterState> => ({
      roles: {},
      databases: await readState(cluster.database, ["own"]),
    });
    const before = await read();
    await cluster.psql("own", "drop trigger quiet on t");
    const { schema, unreadSchema } = compareState(before, await read());
    expect(schema).toEqual(["own: EXTENSION MEMBER trigger quiet of public.t: missing"]);
    expect(unreadSchema).toEqual([]);
  });

  it("are written alike in another database, whatever its oids, and no kind by its name alone", async () => {
    const [{ names } = { names: [] }] = await cluster.database.query<{ names: string[] }>(
      "other",
      "select array_agg(name::text order by name) as names from pg_available_extensions where name !~ '^plpgsql$|plperl|plpython|pltcl'",
    );
    // Other languages are not installed with every server.
    const create = names.map((name) => `create extension if not exists "${name}" cascade;`);
    await cluster.psql("other", create.join("\n"));
    await cluster.psql("postgres", "create database again; create table shift (a int, b serial)");
    await cluster.psql("again", `create table shift (a int, b serial); ${create.reverse().join("\n")}`);
    const [here, there] = [await list("other"), await list("again")];
    expect(here.length).toBeGreaterThan(1000);
    expect(new Set(here.map(({ name }) => name)).size).toBe(here.length);
    expect(here).toEqual(there);
    const unknown = here.filter(
      ({ definition }) => /, null\]$/.test(definition) && JSON.parse(definition).length === 2,
    );
    expect(unknown).toEqual([]);
  }, 60_000);
});
