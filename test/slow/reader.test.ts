// A platform whose source is read by the role of `ops platform grant`: its copies are read by a superuser of their own, whatever he
// is called, and whether or not the reader was there when the backup was taken.
import { afterAll, beforeAll, expect, it } from "vitest";
import { archiveNow } from "../../scripts/backup/archiving";
import { backUpAndRecord } from "../../scripts/backup/backup";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { grantsOf } from "../../scripts/postgres/grants";
import { findGoal } from "../../scripts/restore/lineage";
import { type RestoreTest, testRestore } from "../../scripts/restore/test-restore";
import type { SourceTools } from "../../scripts/self-test/bench";
import { complaints, detailOf, openThrowaway, type Throwaway } from "../e2e/throwaway";

const READER = "ops_reader";

let source: Throwaway;
let context: SourceTools;
beforeAll(async () => {
  source = await openThrowaway();
  const { platform } = source.context;
  context = {
    ...source.context,
    platform: { ...platform, database: { ...platform.database, user: READER } },
  };
});
afterAll(() => source.close());

async function restore(to?: string): Promise<RestoreTest> {
  const goal = await findGoal(source.context, to);
  return testRestore(context, goal, { purpose: "test", timeoutSeconds: 60 });
}

/** Says something on the source as another superuser than the one whose rights it changes. */
async function asBoss(...statements: string[]): Promise<void> {
  const boss = createDatabase(source.context.host, { ...source.context.platform.database, user: "boss" });
  for (const statement of statements) await boss.query(source.cluster.database, statement);
  await archiveNow({ ...source.context, servers: { ...source.context.servers, source: () => boss } });
}

it("a backup from before the reader was made is compared", async () => {
  await source.backup();
  expect(complaints(await restore())).toEqual([]);
}, 120_000);

it("a checkpoint that the reader took is compared whole; where he may not read passwords, without them, and it says so", async () => {
  const databases = [source.cluster.database];
  const grants = grantsOf({ role: READER, version: 15, databases, holdWriters: false });
  await source.sql("create role somebody login password 'secret'", ...grants.cluster, ...grants.database);
  await backUpAndRecord(context, "full");
  const whole = await restore();
  expect(complaints(whole)).toEqual([]);
  expect(detailOf(whole, "roles")).toMatch(/roles are equal$/);

  // As on a managed server, where nobody is given pg_authid.
  await source.sql(
    `revoke pg_read_all_data from ${READER}`,
    `do $$ declare name text; begin
       for name in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
         execute format('grant usage on schema %I to ${READER}', name);
         execute format('grant select on all tables in schema %I to ${READER}', name);
         execute format('grant select on all sequences in schema %I to ${READER}', name);
       end loop; end $$`,
  );
  await backUpAndRecord(context, "full");
  const without = await restore();
  expect(detailOf(without, "roles")).toMatch(/equal; not their passwords: who reads the source may not$/);
  const objects = "large objects: no permission to read them";
  expect(complaints(without)).toEqual([
    expect.stringMatching(
      new RegExp(`^content: inconclusive: not read: .*${objects}.*everything else is equal$`),
    ),
  ]);

  await source.sql("select lo_unlink(oid) from pg_largeobject_metadata");
  await backUpAndRecord(context, "full");
  expect(complaints(await restore())).toEqual([]);
}, 120_000);

it("the superuser of a copy is found whatever he is called, and where the first one is none any more", async () => {
  await source.sql("create role boss superuser login", `alter role ${READER} connection limit 3`);
  await source.backup();
  await asBoss(
    "alter role postgres rename to admin",
    "alter role admin nosuperuser",
    "select pg_switch_wal()",
  );
  try {
    expect(complaints(await restore("latest"))).toEqual([]);
  } finally {
    await asBoss("alter role admin superuser", "alter role admin rename to postgres");
  }
}, 120_000);

it("a copy on which nobody known may log in ends with the name that was tried", async () => {
  await source.backup();
  await asBoss(`alter role ${READER} nologin`, "alter role postgres nologin");
  try {
    const goal = await findGoal(source.context, "latest");
    const done = await testRestore(context, goal, { purpose: "test", timeoutSeconds: 60 });
    expect(complaints(done)).toContainEqual(expect.stringMatching(/^target-reached: .*ops_reader/));
  } finally {
    await asBoss(`alter role ${READER} login`, "alter role postgres login");
  }
}, 120_000);
