// Is every row what it was? The fingerprints of a real and thoroughly odd database, before and after real changes.
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Checkpoint, compareState } from "../../scripts/backup/checkpoint";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { createClock } from "../../scripts/machine/clock";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { differingCollations } from "../../scripts/postgres/collations";
import { contentDatabases, listDatabases, showLeftOut } from "../../scripts/postgres/databases";
import type { Bucketing, ContentDifference, TableFingerprint } from "../../scripts/postgres/fingerprint";
import type { Database, Session } from "../../scripts/postgres/port";
import { askNow, readGlobals, readRoles } from "../../scripts/postgres/read-shared";
import { readState } from "../../scripts/postgres/read-state";
import { digestSchema } from "../../scripts/postgres/schema-digest";
import { type Cluster, startCluster } from "./cluster";
import { expectGivesUp, FEW, quick } from "./patience";

const ODD = readFileSync(path.join(__dirname, "odd.sql"), "utf8");

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.psql("postgres", 'create database odd; create database "Second ""db"" 学";');
  await cluster.psql("odd", ODD);
});
afterAll(() => cluster.stop());

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
const EARLIER: Readonly<Record<string, Bucketing>> = {
  select: { kind: "range", column: "from", shift: 16 },
  by_text: { kind: "hash", columns: ["k"] },
};

type State = Pick<Checkpoint, "databases" | "roles" | "globals">;

async function state(like?: State): Promise<State> {
  const databases = await readState(
    cluster.database,
    ["odd", "postgres"],
    like ? { like: like.databases } : {},
  );
  return { databases, roles: (await readRoles(askNow(cluster.database))).roles };
}

/** What shows a change: the content of a table and of those whose names begin like it, the schema, the roles, or only everything. */
type Seen = { table: string } | "schema" | "roles" | "everything";

/** No more than that is read: the tests above and below read everything. */
async function glance(seen: Seen, like?: State): Promise<State> {
  if (seen === "everything") return state(like); // large objects belong to no table that could be named
  if (seen === "roles")
    return {
      databases: {},
      roles: (await readRoles(askNow(cluster.database))).roles,
      globals: await readGlobals(askNow(cluster.database)),
    };
  if (seen === "schema") {
    const schema = digestSchema(await cluster.database.dumpSchema("odd"));
    return { databases: { odd: { tables: [], excluded: [], sequences: [], schema } }, roles: {} };
  }
  const only = ({ name }: { name: string }): boolean => name.startsWith(seen.table);
  const options = like ? { only, like: like.databases } : { only };
  return { databases: await readState(cluster.database, ["odd"], options), roles: {} };
}

const told = ({ schema, name, what }: ContentDifference): string => `${schema}.${name}: ${what}`;

describe("the fingerprints of an odd database", () => {
  it("are the same when nothing changed", async () => {
    const first = await state();
    const names = first.databases.odd!.tables.map((table) => table.name);
    expect(names).toEqual(
      expect.arrayContaining([
        "select",
        "r",
        "no_columns",
        "types",
        "parent",
        "child",
        "parts_default",
        "a_matview",
        "pg_largeobject",
      ]),
    );
    expect(first.databases.odd!.tables.find((table) => table.name === "no_columns")!.rows).toBe(3);
    expect(first.databases.odd!.tables.find((table) => table.name === "types")!.mode).toBe("columns");
    expect(first.databases.odd!.excluded.map((table) => table.name)).toEqual([
      "cache",
      "cache_id_seq",
      "no_data",
    ]);
    expect(compareState(first, await state(first))).toEqual({
      content: [],
      schema: [],
      roles: [],
      sequences: [],
      unread: [],
      unreadSchema: [],
      unreadRoles: [],
    });
  });

  it("say which sequences they may not read, rather than take them for unused", async () => {
    await cluster.psql("odd", "create role seqless login; grant select on generated to seqless");
    const address = { host: cluster.directory, port: 5432, user: "seqless", maintenance: "postgres" };
    const only = ({ name }: { name: string }): boolean => ["generated", "down"].includes(name);
    const { odd } = await readState(createDatabase(cluster.host, address), ["odd"], { only });
    expect(odd!.excluded).toEqual([
      { schema: "public", name: "down", why: "no permission to read where it stands" },
    ]);
    expect(odd!.sequences).toEqual([]);
    await cluster.psql("odd", "revoke select on generated from seqless; drop role seqless");
  });

  it.each([
    ["SQL_ASCII", "GBK, as old databases keep it", "SQL_ASCII", "E'\\xd6\\xd0'", "E'\\xb9\\xfa'"],
    ["EUC_CN", "Chinese", "UTF8", "'学院'", "'学校'"],
    ["LATIN1", "accents", "UTF8", "'é'", "'è'"],
  ])("hold in a database of encoding %s for %s", async (encoding, _, client, value, other) => {
    const database = `in_${encoding.toLowerCase()}`;
    const run = (sql: string): Promise<void> =>
      cluster.psql(database, `set client_encoding = ${client}; ${sql}`);
    await cluster.psql(
      "postgres",
      `create database ${database} encoding '${encoding}' template template0 locale 'C'`,
    );
    await run(
      `create table t (id int primary key, v text, c char(8)); insert into t values (1, ${value}, ${value})`,
    );
    for (const portable of [false, true]) {
      const read = async () =>
        (await readState(cluster.database, [database], { portable }))[database]!.tables;
      const before = await read();
      expect(await read()).toEqual(before);
      await run(`update t set v = ${other}`);
      expect(await read()).not.toEqual(before);
      await run(`update t set v = ${value}`);
    }
    await cluster.psql("postgres", `drop database ${database}`);
  });

  it("are read from a checkpoint's plans as they were taken before: by whole rows, in ranges of a key or by its hash", async () => {
    const now = await state();
    const earlier = structuredClone(now);
    for (const table of earlier.databases.odd!.tables as Mutable<TableFingerprint>[]) {
      if (table.mode !== "columns") continue;
      delete table.columns;
      table.mode = table.name === "types" ? "text" : "binary";
      table.bucketing = EARLIER[table.name] ?? { kind: "whole" };
    }
    const before = await state(earlier);
    const select = before.databases.odd!.tables.find(({ name }) => name === "select")!;
    expect(select).toMatchObject({ mode: "binary", bucketing: EARLIER.select, rows: 500 });
    expect(select).not.toHaveProperty("columns");
    expect(compareState(before, await state(before)).content).toEqual([]);
    await cluster.psql(
      "odd",
      'insert into by_text values (\'earlier\', 1); update "select" set "学号" = \'y\' where "from" = 9',
    );
    expect(
      compareState(before, await state(before)).content.map(({ name, what }) => `${name} ${what}`),
    ).toEqual([
      expect.stringMatching(/by_text bucket \d+ of 64 \(by hash of k\)/),
      "select from 0…65535: 500 rows on both sides, at least one of them changed",
    ]);
    // And never compared with what was read in the new way.
    expect(compareState(before, now).content.map(({ what }) => what)).toContain(
      "cannot be compared: read in another way than at the checkpoint",
    );
  });

  // Every change is real, made by SQL, and seen by nothing but the comparison.
  it.each<[what: string, sql: string, seen: Seen, says: RegExp]>([
    [
      "one changed value",
      'update "select" set "学号" = \'x\' where "from" = 7',
      { table: "select" },
      /select: blocks 0…2047: 500 rows.*changed/,
    ],
    ["one row less", "delete from by_text where k = 'k9'", { table: "by_text" }, /1 missing/],
    [
      "one row more",
      "insert into by_two values (99, 'new')",
      { table: "by_two" },
      /1 too many|no rows at the checkpoint, 1 found/,
    ],
    [
      "a duplicate swapped for another",
      "update duplicates set a = 3 where ctid = (select ctid from duplicates where a = 4 limit 1)",
      { table: "duplicates" },
      /duplicates.*changed/,
    ],
    [
      "two rows that exchange values",
      "update nulls set a = b, b = a where c is null",
      { table: "nulls" },
      /nulls.*changed/,
    ],
    [
      "exchange of two keyed rows' values",
      "update parent set a = 'swap'; insert into parent values (2, 'x')",
      { table: "parent" },
      /parent/,
    ],
    [
      "a numeric's scale",
      "update types set n = 1.000 where id = (select id from types limit 1)",
      { table: "types" },
      /types/,
    ],
    [
      "the sign of a zero",
      "update types set f8 = '0' where id = (select id from types limit 1)",
      { table: "types" },
      /types/,
    ],
    [
      "json text",
      `update types set j = '{"a":2, "b":1}' where id = (select id from types limit 1)`,
      { table: "types" },
      /types/,
    ],
    [
      "array bounds",
      "update lower_bounds set a = '[5:6]={1,2}' where a = '{1,2}'",
      { table: "lower_bounds" },
      /lower_bounds/,
    ],
    [
      "an empty string for null",
      "update nulls set c = '' where c is null and a = 0",
      { table: "nulls" },
      /nulls/,
    ],
    ["a row without columns", "insert into no_columns select", { table: "no_columns" }, /no_columns/],
    [
      "a row of an inheritance parent only",
      "update only parent set a = 'other' where id = 1",
      { table: "parent" },
      /parent/,
    ],
    [
      "a row moved to another partition",
      "update parts set at = at + 900 where id = 1",
      { table: "parts" },
      /parts/,
    ],
    [
      "a large object",
      "select lo_put(oid, 0, 'X') from pg_largeobject_metadata order by oid limit 1",
      "everything",
      /pg_largeobject/,
    ],
    ["a row hidden by row security", "update secrets set v = 'changed'", { table: "secrets" }, /secrets/],
    ["a toasted value", "update toasted set big = big || 'x' where id = 60", { table: "toasted" }, /toasted/],
    ["a dropped table", "drop table by_two cascade", { table: "by_two" }, /by_two.*missing/],
    ["a dropped index", "drop index partial", "schema", /INDEX public.partial: missing/],
    ["a dropped constraint", "alter table by_text drop constraint positive_v", "schema", /positive_v/],
    ["a disabled trigger", "alter table by_text disable trigger enabled", "schema", /enabled|by_text/],
    ["a missing grant", 'revoke select ("from") on "select" from odd_reader', "schema", /select/],
    ["a changed owner", "alter table nulls owner to odd_reader", "schema", /nulls: changed/],
    [
      "a changed function of an extension",
      "create or replace function uuid_nil() returns uuid language sql immutable as 'select gen_random_uuid()'",
      "everything",
      /EXTENSION MEMBER function public.uuid_nil/,
    ],
    ["a dropped extension", 'drop extension "uuid-ossp" cascade', "schema", /uuid-ossp/],
    [
      "a changed function",
      "create or replace function touch() returns trigger language plpgsql as $$ begin return null; end $$",
      "schema",
      /touch/,
    ],
    [
      "a line in the body of a function that looks like the beginning of another object",
      "create or replace function disguised() returns int language plpgsql as $$ begin\n\n--\n-- Dumped by pg_dump version 16\n--\nreturn 1; end $$",
      "schema",
      /^odd: FUNCTION public.disguised\(\): changed$/,
    ],
    [
      "a grant on the database",
      "grant temporary on database odd to odd_reader",
      "schema",
      /^odd: ACL DATABASE odd: /,
    ],
    ["a comment on a role", "comment on role odd_reader is 'changed'", "roles", /comment on role odd_reader/],
    [
      "a grant on a parameter",
      "grant set on parameter log_statement to odd_reader",
      "roles",
      /parameter log_statement/,
    ],
    [
      "an option of a tablespace",
      "alter tablespace pg_default set (random_page_cost = 3)",
      "roles",
      /tablespace pg_default: changed/,
    ],
    ["a database setting", "alter database odd set work_mem = '9MB'", "schema", /DATABASE/],
    ["an extra superuser", "create role evil superuser login", "roles", /evil/],
    ["a changed password", "alter role \"Odd Role\" password 'other'", "roles", /Odd Role: changed/],
    ["a lost membership", 'revoke odd_reader from "Odd Role"', "roles", /Odd Role: changed/],
  ])("show %s", async (_, sql, seen, says) => {
    const before = await glance(seen);
    await cluster.psql("odd", sql);
    const found = compareState(before, await glance(seen, before));
    const differences = [...found.content.map(told), ...found.schema, ...found.roles];
    expect(differences.join("\n")).toMatch(says);
  });
});

/** A server on which something happens before statements that hold this: by default, inside a checkpoint's moment. */
function insideTheMoment(
  database: Database,
  happens: () => Promise<unknown>,
  before = "pg_create_restore_point($1)",
): Database {
  return {
    ...database,
    async session(name) {
      const session = await database.session(name);
      const query: Session["query"] = async (sql, values) => {
        if (sql.includes(before)) await happens();
        return session.query(sql, values);
      };
      return { ...session, query };
    },
  };
}

it("a database that nobody can connect to is not read, and named with the reason", async () => {
  const { database } = cluster;
  await cluster.psql(
    "postgres",
    `create database closed with allow_connections = false; create database half_dropped;
     update pg_database set datconnlimit = -2 where datname = 'half_dropped'`,
  );
  expect(await contentDatabases(database)).toEqual(['Second "db" 学', "odd", "postgres"]);
  const { leftOut } = await listDatabases(askNow(database));
  expect(leftOut.map(showLeftOut)).toEqual([
    "closed (allows no connections)",
    "half_dropped (invalid: DROP DATABASE was interrupted)",
    "template0 (template of new databases)",
    "template1 (template of new databases)",
  ]);
  await cluster.psql("postgres", "drop database closed; drop database half_dropped");
});

it("a collation that sorts otherwise here than where it was used is named", async () => {
  expect(await differingCollations(cluster.database, "odd")).toEqual([]);
  await cluster.psql(
    "odd",
    `create collation german (provider = icu, locale = 'de'); create table sorted (v text collate german);
     update pg_collation set collversion = '1.2' where collname = 'german'; update pg_database set datcollversion = '0.1' where datname = 'odd'`,
  );
  try {
    expect(await differingCollations(cluster.database, "odd")).toEqual([
      expect.stringMatching(/^odd: ICU german: 1\.2 on the source, \d[\d.]* here$/),
      ...((await knowsItsOwn())
        ? [expect.stringMatching(/^odd: the database's own: 0\.1 on the source/)]
        : []),
    ]);
  } finally {
    await cluster.psql(
      "odd",
      "drop table sorted; drop collation german; update pg_database set datcollversion = null where datname = 'odd'",
    );
  }
});

/** The C library gives no version for C. */
async function knowsItsOwn(): Promise<boolean> {
  const [row] = await cluster.database.query<{ version: string | null }>(
    "odd",
    "select pg_database_collation_actual_version(oid) as version from pg_database where datname = 'odd'",
  );
  return row?.version != null;
}

describe("a checkpoint", () => {
  const context = {
    clock: createClock(),
    newId: () => "test",
    random: Math.random,
    signal: new AbortController().signal,
  };

  it("equals what it was taken of, although writers never pause", async () => {
    await cluster.psql(
      "odd",
      "create table busy (id bigserial primary key, v int, at timestamptz default now())",
    );
    let stop = false;
    const writer = async (): Promise<void> => {
      const session = await cluster.database.session("odd");
      while (!stop) await session.query("insert into public.busy (v) values (1), (2), (3)");
      await session.close();
    };
    const writers = [writer(), writer(), writer()];
    const checkpoints = [];
    try {
      for (let i = 0; i < 5; i++) checkpoints.push(await takeCheckpoint(context, cluster.database));
    } finally {
      stop = true;
      await Promise.all(writers);
    }
    for (const checkpoint of checkpoints) {
      const busy = checkpoint.databases.odd!.tables.find((table) => table.name === "busy")!;
      // Every insert commits three rows; a torn moment would show a number that three does not divide.
      expect(busy.rows % 3).toBe(0);
      expect(checkpoint.target).toBe("restore-point");
    }
    expect(
      checkpoints.at(-1)!.databases.odd!.tables.find((table) => table.name === "busy")!.rows,
    ).toBeGreaterThan(0);
  }, 90_000);

  it("knows how far a sequence can be on a copy that was drawn from inside its moment, as partitioned tables do", async () => {
    // WAL is 32 numbers ahead of a sequence, so that the 34th is the next to be logged: up to the 66th.
    await cluster.psql("odd", "create sequence drawn; select nextval('drawn') from generate_series(1, 33)");
    const writer = await cluster.database.session("odd");
    await writer.query("begin");
    const drawing = insideTheMoment(cluster.database, () => writer.query("select nextval('public.drawn')"));
    const checkpoint = await takeCheckpoint(context, drawing);
    expect(checkpoint.databases.odd!.sequences.find(({ name }) => name === "drawn")).toMatchObject({
      last: "33",
      upTo: "34",
    });
    // What a restore to the restore point finds, recovery after a crash finds as well.
    await cluster.crash();
    const found = await state(checkpoint);
    expect(found.databases.odd!.sequences.find(({ name }) => name === "drawn")).toMatchObject({ last: "66" });
    const sequences = (of: Checkpoint): string[] =>
      compareState({ ...of, roles: found.roles }, found).sequences.filter((line) => line.includes("drawn"));
    expect(sequences(checkpoint)).toEqual([]);
    // Without a second look it would have been a false alarm.
    const once = structuredClone(checkpoint);
    for (const sequence of once.databases.odd!.sequences) delete sequence.upTo;
    expect(sequences(once)).toEqual([expect.stringContaining("33 ahead, at most 32 expected")]);
    await writer.close();
  }, 90_000);

  it("sees a commit inside its moment, whatever isolation an operator prefers, and looks for another", async () => {
    await cluster.psql("odd", "alter role postgres set default_transaction_isolation = 'serializable'");
    let moments = 0;
    const committing = insideTheMoment(cluster.database, async () => {
      if (++moments === 1) await cluster.psql("postgres", "select txid_current()");
    });
    await takeCheckpoint(context, committing);
    expect(moments).toBeGreaterThan(1);
    await cluster.psql("odd", "alter role postgres reset default_transaction_isolation");
  }, 90_000);

  it("knows roles and databases as they were at its moment, whatever is made while it reads", async () => {
    let made = 0;
    const making = insideTheMoment(
      cluster.database,
      async () => {
        if (++made === 1)
          await cluster.psql(
            "postgres",
            `create role later; comment on role later is 'later'; create database later with allow_connections = false`,
          );
      },
      "pg_authid",
    );
    const { roles, globals, leftOut } = await takeCheckpoint(context, making);
    expect(made).toBeGreaterThan(0);
    expect(Object.keys(roles)).not.toContain("role later");
    expect(Object.keys(globals!)).not.toContain("comment on role later");
    expect(leftOut!.map(({ name }) => name)).toEqual(["template0", "template1"]);
    await cluster.psql("postgres", "drop database later; drop role later");
  }, 90_000);

  it("is not cut short by what an operator allows applications", async () => {
    const [{ version } = { version: 0 }] = await cluster.database.query<{ version: number }>(
      "odd",
      "select current_setting('server_version_num')::int as version",
    );
    // Whoever heeds them does not get far; a query of PostgreSQL's catalogs by itself is quicker than the last.
    const limits: Record<string, string> = {
      statement_timeout: "1ms",
      lock_timeout: "1ms",
      idle_in_transaction_session_timeout: "1ms",
      ...(version >= 170_000 ? { transaction_timeout: "250ms" } : {}),
    };
    const alter = (how: (name: string) => string): string =>
      Object.keys(limits)
        .map((name) => `alter role postgres ${how(name)}`)
        .join("; ");
    await cluster.psql(
      "odd",
      alter((name) => `set ${name} = '${limits[name]}'`),
    );
    try {
      const checkpoint = await takeCheckpoint(context, cluster.database);
      const found = await state(checkpoint);
      expect(compareState({ ...checkpoint, roles: found.roles }, found).content).toEqual([]);
    } finally {
      const session = await cluster.database.session("odd");
      await session.query(alter((name) => `reset ${name}`));
      await session.close();
    }
  }, 90_000);

  it("looks for another moment when a sequence was set back inside this one", async () => {
    await cluster.psql("odd", "create sequence reset; select setval('reset', 1000)");
    let moments = 0;
    const resetting = insideTheMoment(cluster.database, async () => {
      if (++moments === 1) await cluster.psql("odd", "select setval('reset', 10)");
    });
    const checkpoint = await takeCheckpoint(context, resetting);
    expect(moments).toBeGreaterThan(1);
    expect(checkpoint.databases.odd!.sequences.find(({ name }) => name === "reset")).toMatchObject({
      last: "10",
      upTo: "10",
    });
  }, 90_000);

  it("waits for a writer that holds its transaction open, and names it when it never ends", async () => {
    const session = await cluster.database.session("odd");
    await session.query("begin");
    await session.query("insert into public.busy (v) values (9), (9), (9)");
    await expectGivesUp(cluster.database, /pid \d+ of postgres in odd, .*RowExclusiveLock/, FEW);
    await session.query("commit");
    await session.close();
    await expect(takeCheckpoint(quick, cluster.database)).resolves.toBeDefined();
  }, 90_000);

  it("falls back to a whole second where restore points are not allowed", async () => {
    await cluster.psql("odd", "create role managed login");
    const managed = createDatabase(cluster.host, {
      host: cluster.directory,
      port: 5432,
      user: "managed",
      maintenance: "postgres",
    });
    await expect(takeCheckpoint(context, managed)).rejects.toThrow(/managed lacks a privilege/);
    await cluster.psql(
      "odd",
      "alter role managed bypassrls; grant pg_read_all_data, pg_write_all_data, pg_monitor to managed",
    );
    const checkpoint = await takeCheckpoint(context, managed);
    expect(checkpoint.target).toBe("time");
    expect(new Date(checkpoint.at).getUTCMilliseconds()).toBe(0);
  });
});
