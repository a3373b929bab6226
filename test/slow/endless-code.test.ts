// Code of a database that waits for ever on a copy: it costs the check that it is called by, and nothing else.
import { afterAll, beforeAll, expect, it } from "vitest";
import { CONTENT_CHECKS } from "../../scripts/restore/checks/content";
import { findGoal } from "../../scripts/restore/lineage";
import { testRestore } from "../../scripts/restore/test-restore";
import type { RestoreCheck } from "../../scripts/restore/test-state";
import { complaints, detailOf, openThrowaway, type Throwaway } from "../e2e/throwaway";

const LIMIT_SECONDS = 40;

let source: Throwaway;
beforeAll(async () => {
  source = await openThrowaway();
  await source.sql(
    `create function public.slow(i int) returns int language plpgsql immutable as $$ begin
       if current_setting('archive_mode') = 'off' and not pg_is_in_recovery() then perform pg_sleep(100000); end if;
       return i; end $$`,
    "create table public.waiting as select 1 as id",
    "create index on public.waiting (public.slow(id))",
  );
  await source.backup();
}, 60_000);
afterAll(() => source.close());

it("an index whose function waits on a promoted copy ends pg_amcheck, inconclusive; the other checks look", async () => {
  const done = await source.restore(undefined, { timeoutSeconds: LIMIT_SECONDS });
  expect(complaints(done)).toEqual([
    expect.stringMatching(
      /^amcheck: inconclusive: pg_amcheck of .* did not end within 40 s: code of the database/,
    ),
  ]);
  expect(detailOf(done, "page-checksums")).toContain("none damaged");
}, 240_000);

it("an invariant that calls such a function is inconclusive when the time is up", async () => {
  const { cluster, context } = source;
  const invariants = [
    {
      name: "endless",
      database: cluster.database,
      sql: "select 1 from public.waiting where public.slow(id) = 2",
    },
    { name: "sound", database: cluster.database, sql: "select 1 from public.waiting where id = 2" },
  ];
  const declared = { ...context, platform: { ...context.platform, invariants } };
  const done = await testRestore(declared, await findGoal(declared, undefined), {
    purpose: "test",
    timeoutSeconds: LIMIT_SECONDS,
    restoreChecks: CONTENT_CHECKS.filter(({ name }) => name === "invariants"),
  });
  expect(complaints(done)).toEqual([
    expect.stringMatching(/^invariants: inconclusive: endless: a statement did not end within 40 s/),
  ]);
}, 240_000);

it("a server of which a process hears nothing any more is given up: the session, and then the server", async () => {
  const { context } = source;
  const deaf: RestoreCheck<"at-target"> = {
    name: "deaf",
    stage: "at-target",
    async look({ server: { database } }) {
      // What an expression of an index can do as well, and a loop in a language that does not look for signals.
      await database.query(database.maintenance, "copy (select 1) to program 'kill -STOP $PPID'");
      return undefined;
    },
  };
  const done = await testRestore(context, await findGoal(context, undefined), {
    purpose: "test",
    timeoutSeconds: LIMIT_SECONDS,
    restoreChecks: [deaf],
  });
  expect(complaints(done)).toEqual([
    expect.stringMatching(/^deaf: inconclusive: a statement did not end within 40 s/),
    expect.stringMatching(/^stop: inconclusive: stopping the server did not end within 40 s/),
  ]);
}, 240_000);
