// Who touched which table, from archived WAL alone: against what the statements themselves said that they did.
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createWalFiles } from "../../scripts/backup/adapter/wal-files";
import { archiveNow } from "../../scripts/backup/archiving";
import { type Blame, blame, blameChecks } from "../../scripts/data/blame";
import { findFamily, listTableFiles } from "../../scripts/data/tables";
import { openArchive, openFiles } from "../../scripts/data/wal/archive";
import type { Session } from "../../scripts/postgres/port";
import { OS_USER } from "../e2e/cluster";
import { commit, xidOf } from "../e2e/statements";
import { openThrowaway, type Throwaway } from "../e2e/throwaway";

let source: Throwaway;
let from: Date;
/** Of what came after it, everything lies in WAL that the server still has. */
let middle: Date;
/** Transactions by what they are called here. */
const xids = new Map<string, number>();

const SCHEMA = `create schema h; create table h.t (id int primary key, a text); create table h.u (id int primary key, b int);
  create table h.p (id int, k int, primary key (id, k)) partition by range (k); create table h.p1 partition of h.p for values from (0) to (10);
  create table h.p2 partition of h.p for values from (10) to (20); create table h.gone (id int primary key, t text);
  insert into h.t select g, repeat('x', 3000) from generate_series(1, 100) g; insert into h.u select g, g from generate_series(1, 100) g;
  insert into h.p select g, g % 20 from generate_series(1, 100) g; insert into h.gone select g, 'x' from generate_series(1, 10) g`;

const session = (): Promise<Session> => source.cluster.source.session(source.cluster.database);

async function transaction(name: string, ...statements: string[]): Promise<void> {
  const one = await session();
  xids.set(name, await commit(one, ...statements));
  await one.close();
}

beforeAll(async () => {
  source = await openThrowaway();
  await source.sql(SCHEMA);
  await source.backup();
  // Begun before the window, and committed in it.
  const early = await session();
  await early.query("begin");
  await early.query("update h.u set b = b + 1 where id <= 40");
  xids.set("early", await xidOf(early));
  await source.sql(
    "checkpoint",
    "insert into h.u values (1000, 1)",
    "select pg_switch_wal()",
    "insert into h.u values (1001, 1)",
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  from = new Date();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await early.query("update h.u set b = b + 1 where id between 41 and 50");
  await early.query("commit");
  await early.close();
  await transaction("update", "update h.t set a = a || 'y' where id <= 30");
  await transaction(
    "savepoints",
    "delete from h.t where id = 31",
    "savepoint s",
    "delete from h.t where id < 20",
    "rollback to s",
    "savepoint r",
    "insert into h.t values (200, 'new')",
    "release r",
  );
  await transaction("locks", "select from h.t for update");
  await transaction("moves", "update h.p set k = 19 - k where id <= 25");
  await transaction("copy", `copy h.u from program 'seq -f "%.0f	7" 5001 5033'`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  middle = new Date();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await transaction(
    "two",
    "delete from h.u where id between 60 and 64",
    "update h.t set a = 'z' where id between 40 and 46",
  );
  await transaction(
    "rewrite",
    "alter table h.t alter a type varchar(9000)",
    "alter table h.u alter b type bigint",
  );
  await transaction("after", "update h.t set a = 'w' where id between 50 and 52");
  await source.sql("vacuum full h.t");
  await transaction("later", "update h.t set a = 'v' where id between 50 and 55");
  await transaction("empty", "truncate h.u");
  await transaction("refill", "insert into h.u select g, g from generate_series(1, 5) g");
  await transaction("drop", "drop table h.gone");
  await source.sql("begin; delete from h.t; rollback");
  await archiveNow(source.context);
}, 120_000);
afterAll(() => source?.close());

async function blamed(...names: string[]): Promise<Blame> {
  const { source: server, database } = source.cluster;
  const archive = await openArchive(source.context);
  const files = await listTableFiles(server);
  const wanted = new Set<string>();
  for (const name of names) {
    const family = await findFamily(server, { database, table: { schema: "h", name } });
    for (const file of files)
      if (file.database === database && family.has(file.oid)) wanted.add(`${file.databaseOid}/${file.oid}`);
  }
  return blame(
    source.context,
    archive,
    { from, to: undefined },
    files,
    names.length > 0 ? wanted : undefined,
  );
}

const told = ({ suspects }: Blame): Record<string, string> => {
  const names = new Map([...xids].map(([name, xid]) => [xid, name]));
  return Object.fromEntries(
    suspects.map(({ xid, tables }) => [
      names.get(xid) ?? String(xid),
      tables
        .map(
          ({ name, how, inserted, updated, deleted }) =>
            `${how === "dropped" ? "?" : name} ${how ?? ""}${inserted}/${updated}/${deleted}`,
        )
        .sort()
        .join(" "),
    ]),
  );
};

it("counts what each did, over rewrites, truncations and partitions", async () => {
  const found = await blamed("t", "u", "p");
  expect(blameChecks(found, { from, to: undefined }).map(({ verdict }) => verdict)).toEqual(["pass"]);
  expect(told(found)).toMatchObject({
    early: "u 0/50/0",
    update: "t 0/30/0",
    savepoints: "t 1/0/1",
    moves: expect.stringMatching(/^p1 0\/\d+\/0 p2 0\/\d+\/0$/),
    copy: "u 33/0/0",
    two: "t 0/7/0 u 0/0/5",
    rewrite: "t rewritten0/0/0 u rewritten0/0/0",
    after: "t 0/3/0",
    later: "t 0/6/0",
    empty: "u emptied0/0/0",
    refill: "u 5/0/0",
  });
  expect(Object.keys(told(found))).not.toContain("locks");
  const moves = found.suspects.find(({ xid }) => xid === xids.get("moves"));
  expect(moves?.rows).toBe(25);
  // Emptied first, then by rows.
  expect(found.suspects.slice(0, 3).map(({ xid }) => xid)).toEqual(
    ["empty", "early", "copy"].map((name) => xids.get(name)),
  );
});

it("keeps to the table that was asked about, and names the others that a transaction touched", async () => {
  const found = await blamed("u");
  expect(told(found).two).toBe("t 0/7/0 u 0/0/5");
  expect(found.suspects.find(({ xid }) => xid === xids.get("two"))?.rows).toBe(5);
  expect(Object.keys(told(found))).not.toContain("update");
});

it("puts a dropped table first, whose name nobody knows any more", async () => {
  const found = await blamed();
  expect(found.suspects[0]).toMatchObject({
    xid: xids.get("drop"),
    tables: [expect.objectContaining({ how: "dropped" })],
  });
});

it("refuses a window of which no WAL is there", async () => {
  const archive = await openArchive(source.context);
  const files = await listTableFiles(source.cluster.source);
  await expect(
    blame(source.context, archive, { from: new Date("2020-01-01"), to: undefined }, files, undefined),
  ).rejects.toMatchObject({ exit: "instant", message: expect.stringContaining("does not reach back") });
});

describe("WAL in files", () => {
  let directory: string;
  const open = (place = directory) =>
    openFiles(source.context, createWalFiles(source.context.host, OS_USER, place));

  beforeAll(async () => {
    directory = mkdtempSync("/tmp/opsw-");
    const wal = `${source.cluster.dataDirectory}/pg_wal`;
    for (const name of readdirSync(wal).filter((each) => /^[0-9A-F]{24}$/.test(each)))
      copyFileSync(`${wal}/${name}`, `${directory}/${name}`);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("names the same transactions as the archive", { timeout: 120_000 }, async () => {
    const { archive, context } = await open();
    const window = { from: middle, to: undefined };
    const files = await listTableFiles(source.cluster.source);
    const found = await blame(context, archive, window, files, undefined);
    const expected = await blame(source.context, await openArchive(source.context), window, files, undefined);
    expect(found.suspects).toEqual(expected.suspects);
    expect(found.suspects.length).toBeGreaterThan(5);
  });

  it("leaves out files that wait for segments to come", async () => {
    const place = mkdtempSync("/tmp/opsw-");
    onTestFinished(() => rmSync(place, { recursive: true, force: true }));
    const { archive } = await open();
    const written = archive.segments.map(({ name }) => name);
    for (const name of written) copyFileSync(`${directory}/${name}`, `${place}/${name}`);
    copyFileSync(`${place}/${written[0]}`, `${place}/${written[0]!.slice(0, 20)}00FE`);
    expect((await open(place)).archive.segments.map(({ name }) => name)).toEqual(written);
    // Between others it is a file that is not what its name says.
    copyFileSync(`${place}/${written[0]}`, `${place}/${written.at(-2)}`);
    await expect(open(place)).rejects.toThrow(`${written.at(-2)} is no WAL segment of this cluster`);
  });

  it.each<[string, (place: string, name: string) => void, string]>([
    ["an empty directory", (place) => rmSync(place, { recursive: true }), "is no directory that can be read"],
    [
      "a segment that was cut off",
      (place, name) => truncateSync(`${place}/${name}`, 8192),
      "8192 bytes of cluster",
    ],
    [
      "a file that is no segment",
      (place, name) => writeFileSync(`${place}/${name}`, "x".repeat(64)),
      "it does not begin as one",
    ],
    [
      "another cluster's",
      (place, name) => {
        const all = readFileSync(`${place}/${name}`);
        all.writeBigUInt64LE(42n, 24);
        writeFileSync(`${place}/${name}`, all);
      },
      "of cluster 42",
    ],
  ])("refuses %s", async (_what, harm, message) => {
    const place = mkdtempSync("/tmp/opsw-");
    onTestFinished(() => rmSync(place, { recursive: true, force: true }));
    const { archive } = await open();
    const names = archive.segments.map(({ name }) => name);
    for (const name of names) copyFileSync(`${directory}/${name}`, `${place}/${name}`);
    harm(place, names.at(-1)!);
    await expect(open(place)).rejects.toThrow(message);
  });

  it("refuses WAL that is all of another cluster", async () => {
    const place = mkdtempSync("/tmp/opsw-");
    onTestFinished(() => rmSync(place, { recursive: true, force: true }));
    await expect(open(place)).rejects.toThrow("holds no WAL segment");
    const [name] = readdirSync(directory);
    const all = readFileSync(`${directory}/${name}`);
    all.writeBigUInt64LE(42n, 24);
    writeFileSync(`${place}/${name}`, all);
    await expect(open(place)).rejects.toMatchObject({ exit: "proofs" });
  });
});

it.each<[string, string[], string[]]>([
  ["at once after a backup", [], ["insert into h.u values (1, 1)"]],
  [
    "in a burst that no list of running transactions lies in",
    [
      "insert into h.u values (1, 1)",
      "select pg_switch_wal()",
      "insert into h.u values (2, 1)",
      "select pg_switch_wal()",
    ],
    ["insert into h.u values (3, 1)", "select pg_switch_wal()", "insert into h.u values (4, 1)"],
  ],
])("names transactions that came %s", { timeout: 120_000 }, async (_what, before, after) => {
  const other = await openThrowaway();
  try {
    await other.sql("create schema h", "create table h.u (id int primary key, b int)");
    await other.backup();
    await other.sql(...before);
    // Times of backups are whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const since = new Date();
    await other.sql(...after);
    await archiveNow(other.context);
    const archive = await openArchive(other.context);
    const files = await listTableFiles(other.cluster.source);
    const found = await blame(other.context, archive, { from: since, to: undefined }, files, undefined);
    const inserts = after.filter((statement) => statement.startsWith("insert"));
    expect(found.suspects.map(({ rows }) => rows)).toEqual(inserts.map(() => 1));
    // What the archive cannot know of is refused.
    const early = new Date(archive.begins!.getTime() - 5_000);
    await expect(
      blame(other.context, archive, { from: early, to: undefined }, files, undefined),
    ).rejects.toThrow("does not reach back");
  } finally {
    await other.close();
  }
});
