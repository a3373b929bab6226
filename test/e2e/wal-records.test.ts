// What pg_waldump says of a real server's WAL, in the words of that server's version, is understood: rows, places, files, transactions.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Place, RowChange } from "../../scripts/data/wal/record";
import { MANAGERS, parseRecord } from "../../scripts/data/wal/record";
import { type Committed, Transactions } from "../../scripts/data/wal/transactions";
import type { Session } from "../../scripts/postgres/port";
import { type Cluster, startCluster } from "./cluster";
import { commit } from "./statements";
import { runAs } from "./template";

let cluster: Cluster;
let session: Session;
let committed: Committed[];
let changes: RowChange[];
/** By what it did. */
const xids = new Map<string, number>();
/** Places of row 7 of `h.t`, whenever it was looked up. */
const seventh: Place[] = [];
const files = new Map<string, string>();

async function transaction(name: string, ...statements: string[]): Promise<void> {
  xids.set(name, await commit(session, ...statements));
}

async function lookUp(): Promise<void> {
  const [row] = await session.query<{ ctid: string }>("select ctid::text as ctid from h.t where id = 7");
  const [, block, offset] = /\((\d+),(\d+)\)/.exec(row!.ctid)!;
  seventh.push({ block: Number(block), offset: Number(offset) });
}

beforeAll(async () => {
  cluster = await startCluster({ wal_level: "replica", autovacuum: "off" });
  session = await cluster.database.session("postgres");
  await session.query(
    `create schema h; create table h.t (id int primary key, a text) with (fillfactor = 90); create table h.u (id int primary key, b int);
     create table h.p (id int, k int, primary key (id, k)) partition by range (k); create table h.p1 partition of h.p for values from (0) to (10);
     create table h.p2 partition of h.p for values from (10) to (20); create table h.gone (id int); create table h.emptied (id int)`,
  );
  await session.query("insert into h.emptied select generate_series(1, 10); checkpoint");
  for (const { name, file } of await session.query<{ name: string; file: string }>(
    `select c.relname::text as name, (select oid from pg_database where datname = current_database()) || '/' || pg_relation_filenode(c.oid) as file
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'h' and c.relkind = 'r'`,
  ))
    files.set(file, name);
  const [start] = await session.query<{ lsn: string }>("select pg_current_wal_lsn()::text as lsn");
  await transaction("insert", "insert into h.t select g, repeat('x', 300) from generate_series(1, 100) g");
  await lookUp();
  await transaction("hot", "update h.t set a = 'y' where id = 7");
  await lookUp();
  await transaction("key", "update h.t set id = 1007 where id = 8");
  await transaction(
    "large",
    "update h.t set a = (select string_agg(md5(g::text), '') from generate_series(1, 50) g) where id = 7",
  );
  await lookUp();
  await transaction("delete", "delete from h.t where id between 20 and 24");
  await transaction("copy", `copy h.u from program 'seq -f "%.0f	7" 1 133'`);
  await transaction("conflict", "insert into h.u values (1, 1) on conflict (id) do update set b = 8");
  await transaction("move", "insert into h.p values (1, 1), (2, 2)", "update h.p set k = k + 10");
  await transaction("locks", "select from h.t for update", "select from h.t for share");
  await transaction(
    "savepoints",
    "insert into h.u values (501, 1)",
    "savepoint a",
    "insert into h.u values (502, 1)",
    "rollback to a",
    "savepoint b",
    "insert into h.u values (503, 1)",
    "release b",
  );
  await transaction("empty", "truncate h.emptied");
  await transaction("drop", "drop table h.gone");
  await session.query("begin; delete from h.t; rollback");
  const [end] = await session.query<{ lsn: string; segment: string }>(
    "select pg_current_wal_insert_lsn()::text as lsn, pg_walfile_name(pg_current_wal_lsn()) as segment",
  );
  await session.query("select pg_switch_wal()");
  const wal = `${cluster.dataDirectory}/pg_wal`;
  const said = await runAs(cluster.host, process.getuid?.() === 0 ? "postgres" : "")("pg_waldump", [
    `--path=${wal}`,
    `--start=${start!.lsn}`,
    `--end=${end!.lsn}`,
    ...MANAGERS.map((manager) => `--rmgr=${manager}`),
  ]);
  changes = [];
  const transactions = new Transactions((change) => changes.push(change));
  committed = said.split("\n").flatMap((line) => {
    const record = parseRecord(line);
    return (record && transactions.add(record)) ?? [];
  });
}, 60_000);
afterAll(async () => {
  await session?.close();
  await cluster?.stop();
});

const of = (name: string): Committed => committed.find(({ xid }) => xid === xids.get(name))!;

/** By table: rows inserted, updated, deleted, moved away. */
function counts(name: string): Record<string, number[]> {
  return Object.fromEntries(
    [...of(name).files].flatMap(([file, { inserted, updated, deleted, movedOut }]) => {
      const table = files.get(file.slice(file.indexOf("/") + 1));
      return table === undefined ? [] : [[table, [inserted, updated, deleted, movedOut]]];
    }),
  );
}

it.each<[string, Record<string, number[]>]>([
  ["insert", { t: [100, 0, 0, 0] }],
  ["hot", { t: [0, 1, 0, 0] }],
  ["key", { t: [0, 1, 0, 0] }],
  ["large", { t: [0, 1, 0, 0] }],
  ["delete", { t: [0, 0, 5, 0] }],
  ["copy", { u: [133, 0, 0, 0] }],
  ["conflict", { u: [0, 1, 0, 0] }],
  ["move", { p1: [2, 0, 0, 2], p2: [2, 0, 0, 0] }],
  ["locks", {}],
  ["savepoints", { u: [2, 0, 0, 0] }],
  ["empty", {}],
])("counts the rows of %s", (name, expected) => {
  expect(counts(name)).toEqual(expected);
});

it("knows where a row lay, and where it went", () => {
  const mine = (name: string): RowChange[] => changes.filter(({ xid }) => xid === xids.get(name));
  expect(mine("insert")[6]).toMatchObject({ kind: "insert", new: seventh[0] });
  expect(mine("hot")).toMatchObject([{ kind: "update", old: seventh[0], new: seventh[1] }]);
  expect(mine("large").filter(({ kind }) => kind === "update")).toMatchObject([
    { old: seventh[1], new: seventh[2] },
  ]);
  // The last one left its block.
  expect(seventh[2]!.block).not.toBe(seventh[1]!.block);
});

it("knows subtransactions, times, and what became of files", () => {
  // `a` begins anew when it was rolled back, and `b` lies in it.
  expect(of("savepoints").subxids).toHaveLength(2);
  expect(of("insert").at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \w+$/);
  const named = (list: readonly string[]): string[] => list.flatMap((file) => files.get(file) ?? []);
  expect(named(of("drop").dropped)).toEqual(["gone"]);
  expect(named(of("empty").dropped)).toEqual(["emptied"]);
  expect(of("empty").created).toHaveLength(1);
  expect(of("empty").locked.size).toBeGreaterThan(0);
  // What was rolled back is nothing.
  expect(committed.every(({ xid }) => [...xids.values()].includes(xid))).toBe(true);
});
