// Kinds of mistakes, each taken back from a real copy: emptied tables, several transactions at once; and what is refused with a way out.
import { afterAll, beforeAll, expect, it } from "vitest";
import { archiveNow } from "../../scripts/backup/archiving";
import type { OpsError } from "../../scripts/core/errors";
import { createRowFiles } from "../../scripts/data/adapter/row-files";
import type { RepairTools } from "../../scripts/data/port";
import { applyPlan } from "../../scripts/data/repair/apply";
import { makePlan, type PlannedUndo, rowsFile } from "../../scripts/data/repair/make-plan";
import { unrepair } from "../../scripts/data/repair/unrepair";
import { readChanges } from "../../scripts/data/transactions";
import { commit as commitIn, xidOf } from "../e2e/statements";
import { openThrowaway, type Throwaway } from "../e2e/throwaway";

let source: Throwaway;
let context: RepairTools;

const SCHEMA = `create role h_owner; create role fixer login in role h_owner; grant set on parameter session_replication_role to fixer;
  create schema ops_quarantine authorization fixer; create schema h authorization h_owner; set role h_owner;
  create table h.t (id int primary key, a text); create table h.u (id int primary key, t int references h.t, big text);
  create table h.p (id int, k int, primary key (id, k)) partition by range (k); create table h.p1 partition of h.p for values from (0) to (50);
  create table h.p2 partition of h.p for values from (50) to (1000);
  create table h.seat (id int primary key, place int unique); reset role`;

/** Whatever the test before left. */
const FILL = `truncate h.t, h.u, h.p, h.seat; insert into h.seat select g, g from generate_series(1, 1200) g;
  insert into h.t select g, 'a' || g from generate_series(1, 200) g; insert into h.u select g, g, repeat(md5(g::text), 100) from generate_series(1, 150) g;
  insert into h.p select g, g from generate_series(1, 100) g`;

beforeAll(async () => {
  source = await openThrowaway();
  const { context: outer } = source;
  const platform = { ...outer.platform, repairs: { user: "fixer" }, invariants: [] };
  context = { ...outer, platform, rowFiles: createRowFiles(outer.host, `${outer.copies}-rows`) };
  await source.sql(SCHEMA, FILL);
  await source.backup();
}, 120_000);
afterAll(() => source?.close());

async function commit(...statements: string[]): Promise<number> {
  const one = await source.cluster.source.session(source.cluster.database);
  const xid = await commitIn(one, ...statements);
  await one.close();
  return xid;
}

async function content(): Promise<string> {
  const rows = await source.cluster.source.query<{ digest: string }>(
    source.cluster.database,
    `select md5(string_agg(x, e'\\n' order by x)) as digest from (select 't' || t::text as x from h.t union all select 'u' || u::text from h.u union all select 'p' || p::text from h.p union all select 's' || s::text from h.seat s) all_of_it`,
  );
  return rows[0]!.digest;
}

const plan = async (...xids: number[]): Promise<PlannedUndo> => {
  await archiveNow(context);
  return makePlan(context, { policy: "stop", triggers: "off", mostRows: 100_000, without: [] }, (name) =>
    readChanges(context, xids, name),
  );
};
const apply = ({ plan: made }: PlannedUndo) => applyPlan(context, made, rowsFile(context, made.id));

it.each<[string, string[], number]>([
  ["an emptied table and what refers to it", ["truncate h.t cascade"], 350],
  [
    "an emptied table that was filled anew",
    [
      "delete from h.u",
      "truncate h.t cascade",
      "insert into h.t values (1, 'other')",
      "insert into h.t values (5000, 'new')",
    ],
    351,
  ],
  ["an emptied partitioned table", ["truncate h.p"], 100],
  [
    "one emptied partition, and a move to another",
    ["update h.p set k = k + 60 where id <= 10", "truncate h.p2"],
    51,
  ],
  ["large values", ["update h.u set big = 'lost'"], 150],
  ["keys that were changed", ["delete from h.u", "update h.t set id = id + 10000"], 350],
  ["values that were handed on from row to row", ["update h.seat set place = place - 1"], 1200],
  [
    "parents and children that came, more than a batch",
    [
      "insert into h.t select g, 'new' from generate_series(1001, 2200) g",
      "insert into h.u select g, g from generate_series(1001, 2200) g",
    ],
    2400,
  ],
  ["rows locked first", ["lock table h.t in access exclusive mode", "update h.t set a = 'x'"], 200],
])("takes back %s", { timeout: 120_000 }, async (_what, statements, rows) => {
  await source.sql(FILL);
  const before = await content();
  const xid = await commit(...statements);
  const after = await content();
  const made = await plan(xid);
  expect(
    made.plan.tables.reduce((sum, table) => sum + table.insert + table.update + table.delete, 0),
  ).toBeGreaterThanOrEqual(rows - 1);
  await apply(made);
  expect(await content()).toBe(before);
  await unrepair(context, {
    id: made.plan.id,
    newId: context.newId(),
    database: source.cluster.database,
    write: true,
  });
  expect(await content()).toBe(after);
  // Back again, for the next kind.
  await apply(await plan(xid));
  expect(await content()).toBe(before);
});

it("takes back several at once, the later first", { timeout: 120_000 }, async () => {
  await source.sql(FILL);
  const before = await content();
  const xids = [
    await commit("update h.t set a = 'one' where id <= 20"),
    await commit("update h.t set a = 'two' where id between 10 and 30", "delete from h.u where id = 7"),
    await commit("insert into h.t values (6000, 'three')", "update h.t set a = 'three' where id = 10"),
  ];
  const made = await plan(...xids);
  expect(made.plan.transactions.map(({ xid }) => xid)).toEqual(xids.toReversed());
  await apply(made);
  expect(await content()).toBe(before);
});

it("refuses what is more than rows, or nothing, and says what to do", { timeout: 240_000 }, async () => {
  const refused = async (xid: number): Promise<OpsError> =>
    plan(xid).then(
      () => {
        throw new Error("nothing was refused");
      },
      (error: unknown) => error as OpsError,
    );
  const locks = await commit("select from h.t for update");
  expect((await refused(locks)).message).toContain("no row was changed");
  const nested = await source.cluster.source.session(source.cluster.database);
  await nested.query("begin");
  await nested.query("insert into h.t values (7000, 'outer')");
  const outer = await xidOf(nested);
  await nested.query("savepoint s");
  await nested.query("insert into h.t values (7001, 'inner')");
  const [inner] = await nested.query<{ xid: string }>("select xmin::text as xid from h.t where id = 7001");
  await nested.query("commit");
  await nested.close();
  expect(await refused(Number(inner!.xid))).toMatchObject({
    message: `${inner!.xid} is a subtransaction of ${outer}`,
    todo: `name ${outer}`,
  });
  expect((await refused(4_000_000_000)).message).toContain("no commit of transaction 4000000000");
  const altered = await commit("alter table h.u alter t type bigint", "update h.u set t = 1");
  expect((await refused(altered)).message).toContain("h.u was rewritten");
  const dropped = await commit("drop table h.u");
  expect(await refused(dropped)).toMatchObject({
    message: expect.stringContaining("h.u was dropped"),
    todo: expect.stringContaining("ops restore --to"),
  });
});
