// Tables that are emptied, written anew or locked while they are compared are not taken for empty, and nobody waits for them.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { compareTables } from "../../scripts/data/diff/tables";
import type { ChangedRow } from "../../scripts/data/images/change";
import { LIST_TABLES } from "../../scripts/postgres/listing";
import type { Database } from "../../scripts/postgres/port";
import { memoryFiles } from "../scripts/data/row-files";
import { type Cluster, startCluster } from "./cluster";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.psql("postgres", "create schema h; create table h.t (id int primary key, a text)");
});
afterAll(() => cluster?.stop());
beforeEach(() =>
  cluster.psql("postgres", "truncate h.t; insert into h.t select g, 'a' from generate_series(1, 500) g"),
);

/** The same server, on which somebody does something as soon as its tables were listed. */
function meanwhile(sql: string): Database {
  return {
    ...cluster.database,
    async session(database) {
      const session = await cluster.database.session(database);
      return {
        ...session,
        async query<T>(text: string, values?: readonly unknown[]) {
          const rows = await session.query(text, values);
          if (text === LIST_TABLES) await cluster.psql("postgres", sql);
          return rows as T[];
        },
      };
    },
  };
}

async function compare(after: Database): Promise<Pick<ChangedRow, "before" | "after">[]> {
  const rows: Pick<ChangedRow, "before" | "after">[] = [];
  const files = memoryFiles();
  await compareTables(
    { ...files, defer() {} },
    [cluster.database, after],
    { database: "postgres", wanted: undefined, name: "d" },
    { table: () => async (before, now) => void rows.push({ before, after: now }), fate() {} },
    { update() {}, note() {} },
  );
  expect(files.names()).toEqual([]);
  return rows;
}

it("finds nothing where nothing differs", async () => {
  expect(await compare(cluster.database)).toEqual([]);
});

it("takes no notice of what is committed while it reads", async () => {
  expect(
    await compare(meanwhile("update h.t set a = 'b' where id = 3; insert into h.t values (1000, 'c')")),
  ).toEqual([]);
});

it.each([
  ["emptied", "truncate h.t"],
  ["written anew", "alter table h.t alter a type varchar(40) using a || ''"],
  ["compacted", "vacuum full h.t"],
])("says that a table was %s meanwhile", async (_what, sql) => {
  await expect(compare(meanwhile(sql))).rejects.toMatchObject({
    exit: "inconclusive",
    message: "h.t was written anew while it was looked at",
  });
});

it("says that somebody holds a table, and does not wait", async () => {
  const holder = await cluster.database.session("postgres");
  await holder.query("begin");
  await holder.query("lock table h.t in access exclusive mode");
  await expect(compare(cluster.database)).rejects.toMatchObject({ exit: "inconclusive" });
  await holder.close();
});

it("runs no code of a table's owner, though he adds it when the tables were listed", async () => {
  await cluster.psql(
    "postgres",
    `create role owner_of_t; create table h.ran (id int); grant usage on schema h to owner_of_t; alter table h.t owner to owner_of_t; grant create on schema h to owner_of_t;
     create sequence h.calls; grant usage on sequence h.calls to public;
     create function h.spy(int) returns int immutable language plpgsql as $$ begin perform nextval('h.calls'); return 1; end $$`,
  );
  const trap =
    "set role owner_of_t; create index trap on h.t (id) where h.spy(1) = 1; reset role; alter sequence h.calls restart";
  const calls = async (): Promise<unknown> =>
    cluster.database.query("postgres", "select is_called from h.calls");
  await compare(meanwhile(trap));
  expect(await calls()).toEqual([{ is_called: false }]);
  // Whoever plans a query of it calls it.
  await cluster.psql("postgres", "select * from h.t where id = 1");
  expect(await calls()).toEqual([{ is_called: true }]);
});
