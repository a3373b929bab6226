// Rows that differ between two instants: told from a copy that was recovered to the earlier one, whatever happened to the tables since.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRowFiles } from "../../scripts/data/adapter/row-files";
import { type DifferenceRequest, readDifferences } from "../../scripts/data/diff/differences";
import { atInstant, findInstant } from "../../scripts/data/diff/instants";
import { type Selection, selectBy } from "../../scripts/data/diff/selection";
import { standingChecks } from "../../scripts/data/diff/standing";
import type { ChangedRow } from "../../scripts/data/images/change";
import type { RepairTools } from "../../scripts/data/port";
import { applyPlan } from "../../scripts/data/repair/apply";
import { makePlan, type PlannedUndo, rowsFile } from "../../scripts/data/repair/make-plan";
import { unrepair } from "../../scripts/data/repair/unrepair";
import { newestHeartbeat } from "../../scripts/postgres/heartbeat";
import { parseObject } from "../../scripts/postgres/object-name";
import { instantOf } from "../e2e/statements";
import { openThrowaway, type Throwaway } from "../e2e/throwaway";

let source: Throwaway;
let context: RepairTools;
let since: string;

const SCHEMA = `create role d_owner; create role fixer login in role d_owner; grant set on parameter session_replication_role to fixer;
  create schema ops_quarantine authorization fixer; create schema d authorization d_owner; set role d_owner;
  create type d.mood as enum ('glad', 'sad');
  create table d.wide (id bigint primary key, a text not null, n numeric, at timestamptz, m d.mood, doubled numeric generated always as (n * 2) stored);
  insert into d.wide select g, 'a' || g, g / 7.0, '2026-01-01'::timestamptz + g * interval '1 h', 'glad' from generate_series(1, 20000) g;
  create table d.bare (a int, b text); insert into d.bare select g % 10, 'same' from generate_series(1, 1000) g;
  create table d.p (id int, k int, primary key (id, k)) partition by range (k); create table d.p1 partition of d.p for values from (0) to (50);
  create table d.p2 partition of d.p for values from (50) to (1000); insert into d.p select g, g % 100 from generate_series(1, 1000) g;
  create table d.moved (id int primary key, a text); insert into d.moved select g, 'm' || g from generate_series(1, 5000) g;
  create function d.shout(text) returns text immutable language plpgsql as $$ begin return upper($1); end $$;
  create table d.odd (id int primary key, a text); create index on d.odd (d.shout(a)); insert into d.odd select g, 'o' || g from generate_series(1, 500) g;
  create table d.gone (id int primary key); create table d.changed (id int primary key, a int); create table d.same (id int primary key);
  create table d.parent (id int primary key); create table d.child (id int primary key, parent int references d.parent);
  reset role`;

beforeAll(async () => {
  source = await openThrowaway();
  const { context: outer } = source;
  const platform = { ...outer.platform, repairs: { user: "fixer" }, invariants: [] };
  context = { ...outer, platform, rowFiles: createRowFiles(outer.host, `${outer.copies}-rows`) };
  await source.sql("create database other template postgres", SCHEMA);
  await source.cluster.source.query(
    "other",
    "create schema o; create table o.kept (id int primary key, a text)",
  );
  await source.cluster.source.query(
    "other",
    "insert into o.kept select g, 'a' from generate_series(1, 100) g",
  );
  await source.backup();
  since = await now();
  await source.sql(
    // Rows that are written anew and stay what they were; rows that change; rows that come and go.
    "update d.wide set a = a where id <= 3000",
    "update d.wide set a = 'wrong' where id % 1000 = 7",
    "update d.wide set m = 'sad', n = n + 0.0 where id % 1000 = 8",
    "delete from d.wide where id in (11, 12)",
    "insert into d.wide values (50001, 'new', 'NaN', 'infinity', 'sad')",
    "delete from d.bare where ctid in (select ctid from d.bare where a = 3 limit 4)",
    "insert into d.bare values (3, 'same'), (77, null)",
    "update d.p set k = k + 50 where id <= 5",
    "update d.moved set a = 'x' where id = 5",
    "vacuum full d.moved",
    "update d.odd set a = 'y' where id between 3 and 5",
    "drop table d.gone",
    "alter table d.changed add b int",
    "create table d.made (id int primary key)",
  );
  await source.cluster.source.query("other", "update o.kept set a = 'b' where id = 9");
}, 180_000);
afterAll(() => source?.close());

async function now(): Promise<string> {
  const session = await source.cluster.source.session(source.cluster.database);
  return instantOf(session).finally(() => session.close());
}

const table = (name: string) => parseObject(`${source.cluster.database}.d.${name}`);

interface Found {
  counts: Record<string, string>;
  rows: (ChangedRow & { name: string })[];
  fates: Record<string, string>;
}

async function diff(request: Partial<DifferenceRequest> = {}): Promise<Found> {
  const whole: DifferenceRequest = { at: since, against: "now", tables: undefined, ...request };
  const { tables, file, fates } = await readDifferences(context, whole, `${context.newId()}.test`);
  const rows: Found["rows"] = [];
  for await (const value of context.rowFiles.read(file)) {
    const row = value as ChangedRow;
    rows.push({ ...row, name: tables[row.table]!.name });
  }
  await context.rowFiles.remove(file);
  const of = (name: string): string => {
    const mine = rows.filter((row) => row.name === name);
    const count = (is: (row: ChangedRow) => boolean): number => mine.filter(is).length;
    return `+${count(({ before }) => !before)} ~${count(({ before, after }) => !!before && !!after)} -${count(({ after }) => !after)}`;
  };
  return {
    rows,
    counts: Object.fromEntries(tables.map(({ name }) => [name, of(name)])),
    fates: Object.fromEntries(fates.map(({ table: { name }, how }) => [name, how])),
  };
}

describe.sequential("ops data diff", () => {
  it("finds exactly the rows that differ, whatever lies where and whoever's code hangs on the table", async () => {
    const { counts, fates, rows } = await diff();
    expect(counts).toEqual({
      wide: "+1 ~40 -2",
      bare: "+1 ~0 -3",
      p: "+5 ~0 -5",
      moved: "+0 ~1 -0",
      odd: "+0 ~3 -0",
      kept: "+0 ~1 -0",
    });
    expect(fates).toEqual({ gone: "dropped", changed: "altered", made: "made" });
    const [seventh] = rows.filter(({ name, after }) => name === "wide" && after?.[1] === "wrong");
    expect(seventh!.before).toEqual([
      seventh!.after![0],
      `a${seventh!.after![0]}`,
      ...seventh!.after!.slice(2),
    ]);
    // A generated column is in no image.
    expect(seventh!.after!.at(-1)).toBeNull();
    expect(await context.host.list(context.rowFiles.directory)).toEqual([]);
  }, 180_000);

  it("finds the same on a copy that stands already, and says whose word its instant is", async () => {
    const { done } = await atInstant(context, await findInstant(context, since), async (copy) => {
      const { host, port } = copy.address;
      const request = { at: since, against: "now", copy: `${host}:${port}`, tables: [table("wide")] };
      const name = `${context.newId()}.test`;
      const { rows, checks, file, tables } = await readDifferences(context, request, name);
      await context.rowFiles.remove(file);
      expect(tables.map((each) => each.name)).toEqual(["wide"]);
      const beat = Date.parse((await newestHeartbeat(copy, context.platform.heartbeat!))!);
      const { heartbeat: _, ...silentPlatform } = context.platform;
      const said = async (seconds: number, asked = context): Promise<string> => {
        const all = await standingChecks(asked, copy, new Date(beat + seconds * 1000));
        return all.checks.map(({ verdict }) => verdict).join(" ");
      };
      const verdicts = {
        near: await said(30),
        before: await said(-1),
        after: await said(3600),
        nobody: await said(1, { ...context, platform: silentPlatform as typeof context.platform }),
      };
      return { rows, names: checks.map(({ name }) => name), verdicts };
    });
    expect(done).toEqual({
      rows: 43,
      names: ["copy-of-the-source", "copy-at-instant"],
      verdicts: {
        near: "pass pass",
        before: "pass fail",
        after: "pass inconclusive",
        nobody: "pass inconclusive",
      },
    });
  }, 180_000);

  it.each<[string, Partial<DifferenceRequest>, string]>([
    ["the source itself", { copy: "SOURCE" }, "--copy is the source itself"],
    ["an address that is none", { copy: "a:b:c" }, "--copy a:b:c"],
    [
      "a copy and a later instant",
      { copy: "SOURCE", against: "2026-12-01T00:00:00Z" },
      "--copy with --against",
    ],
  ])("refuses %s as a copy", async (_what, request, message) => {
    const { host, port } = source.cluster.source.address;
    const copy = request.copy === "SOURCE" ? `${host}:${port}` : request.copy;
    const whole = { at: since, against: "now", tables: [table("wide")], ...request, copy };
    await expect(readDifferences(context, whole, `${context.newId()}.test`)).rejects.toThrow(message);
  });

  it("leaves alone what happened after the later instant", async () => {
    const from = await now();
    await source.sql("update d.wide set a = 'first' where id between 100 and 109");
    const to = await now();
    await source.sql("update d.wide set a = 'second' where id between 105 and 120");
    const { counts } = await diff({ at: from, against: to, tables: [table("wide")] });
    expect(counts).toEqual({ wide: "+0 ~10 -0" });
    const made = await repair({ at: from, against: to, tables: [table("wide")] }, {});
    expect(made.plan.between).toEqual({ from: expect.any(String), to: expect.any(String) });
    expect(made.plan.tables).toMatchObject([{ update: 5, changed: 5 }]);
    const kept = await repair({ at: from, against: to, tables: [table("wide")] }, {}, "keep-newer");
    await applyPlan(context, kept.plan, rowsFile(context, kept.plan.id));
    const [row] = await source.cluster.source.query<{ back: number; second: number }>(
      source.cluster.database,
      `select count(*) filter (where a = 'a' || id)::int as back, count(*) filter (where a = 'second')::int as second
         from d.wide where id between 100 and 120`,
    );
    expect(row).toEqual({ back: 5, second: 16 });
  }, 240_000);
});

async function repair(
  request: Pick<DifferenceRequest, "at" | "tables"> & Partial<DifferenceRequest>,
  selection: Partial<Selection>,
  policy: "stop" | "keep-newer" = "stop",
): Promise<PlannedUndo> {
  const select = selectBy({ where: [], kinds: [], columns: [], ...selection });
  return makePlan(context, { policy, triggers: "off", mostRows: 100_000, without: [] }, (name) =>
    readDifferences(context, { against: "now", ...request }, name, select),
  );
}

describe.sequential("ops data repair", () => {
  it("takes only rows that were last written by the transactions that are named", async () => {
    const from = await now();
    const update = async (where: string): Promise<string> => {
      const sql = `update d.moved set a = 'by many' where ${where} returning pg_current_xact_id()::text as xid`;
      return (await source.cluster.source.query<{ xid: string }>(source.cluster.database, sql))[0]!.xid;
    };
    const mistaken = [await update("id between 100 and 109"), await update("id between 200 and 204")];
    await update("id between 205 and 250");
    const made = await repair({ at: from, tables: [table("moved")], writtenBy: new Set(mistaken) }, {});
    expect(made.plan.tables).toMatchObject([{ name: "moved", update: 15, insert: 0, delete: 0 }]);
  }, 120_000);

  it("gives chosen rows their columns back, and can be taken back", async () => {
    const wrong = async (): Promise<unknown> =>
      source.cluster.source.query(
        source.cluster.database,
        "select count(*) filter (where a = 'wrong')::int as wrong, count(*) filter (where m = 'sad')::int as sad, count(*)::int as rows from d.wide",
      );
    expect(await wrong()).toEqual([{ wrong: 20, sad: 21, rows: 19_999 }]);
    const made = await repair(
      { at: since, tables: [table("wide")] },
      { where: [{ column: "a", value: "wrong" }], columns: ["a"] },
    );
    expect(made.plan.tables).toMatchObject([{ name: "wide", update: 20, insert: 0, delete: 0 }]);
    expect(made.plan.tables[0]!.statements).toEqual([
      'update "d"."wide" r set "a" = $3 where r.tableoid = $1 and r.ctid = $2',
    ]);
    await applyPlan(context, made.plan, rowsFile(context, made.plan.id));
    expect(await wrong()).toEqual([{ wrong: 0, sad: 21, rows: 19_999 }]);
    const { database } = source.cluster;
    await unrepair(context, { id: made.plan.id, newId: context.newId(), database, write: true });
    expect(await wrong()).toEqual([{ wrong: 20, sad: 21, rows: 19_999 }]);
    const deleted = await repair({ at: since, tables: [table("wide")] }, { kinds: ["deleted"] });
    expect(deleted.plan.tables).toMatchObject([{ update: 0, insert: 2, delete: 0 }]);
  }, 240_000);

  it("keeps foreign keys whole in every batch of many rows, both ways", async () => {
    const from = await now();
    await source.sql(
      "insert into d.parent select g from generate_series(1, 1800) g",
      "insert into d.child select g, g from generate_series(1, 1800) g",
    );
    const counts = async (): Promise<unknown> =>
      source.cluster.source.query(
        source.cluster.database,
        "select (select count(*) from d.parent)::int as parents, (select count(*) from d.child)::int as children",
      );
    // Named against their order.
    const tables = [table("parent"), table("child")];
    const made = await repair({ at: from, tables }, {});
    expect(made.plan.tables.map(({ delete: count }) => count)).toEqual([1800, 1800]);
    await applyPlan(context, made.plan, rowsFile(context, made.plan.id));
    expect(await counts()).toEqual([{ parents: 0, children: 0 }]);
    const { database } = source.cluster;
    await unrepair(context, { id: made.plan.id, newId: context.newId(), database, write: true });
    expect(await counts()).toEqual([{ parents: 1800, children: 1800 }]);
  }, 240_000);

  it.each<[string, Partial<DifferenceRequest>, Partial<Selection>, string]>([
    ["a table that is nowhere", { tables: [parseObject("x.d.nowhere")] }, {}, "there is no database x"],
    ["latest", { at: "latest" }, {}, "latest is no moment of the past"],
    [
      "an instant that is not later",
      { against: "2020-01-01T00:00:00Z" },
      {},
      "before the end of the first backup",
    ],
  ])("refuses %s", async (_what, request, selection, message) => {
    await expect(
      repair({ at: since, tables: undefined, ...request } as DifferenceRequest, selection),
    ).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });

  it.each<[string, string[], Partial<Selection>, string]>([
    ["a table that is nowhere", ["nowhere"], {}, "there is no table"],
    ["a table that was dropped", ["gone"], {}, "d.gone was dropped"],
    ["a table that was made since", ["made"], {}, "d.made was made"],
    ["nothing to do", ["same"], {}, "no row is to be taken back"],
    ["a generated column", ["wide"], { columns: ["doubled"] }, "no column doubled"],
  ])(
    "refuses %s with a way out, and leaves nothing",
    { timeout: 120_000 },
    async (_what, names, selection, message) => {
      await expect(repair({ at: since, tables: names.map(table) }, selection)).rejects.toMatchObject({
        message: expect.stringContaining(message),
      });
    },
  );
});
