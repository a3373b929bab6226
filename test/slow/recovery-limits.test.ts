// What recovery needs is raised when WAL raises it, at once and as often as it takes; and where hot standby is not possible, the
// copy is read at the point where recovery ends.
import { afterAll, beforeEach, expect, it } from "vitest";
import { archiveNow } from "../../scripts/backup/archiving";
import type { Database, Row, Session } from "../../scripts/postgres/port";
import { complaints, detailOf, openThrowaway, type Throwaway } from "../e2e/throwaway";

const open: Throwaway[] = [];
let source: Throwaway;
beforeEach(async () => {
  source = await openThrowaway();
  open.push(source);
});
afterAll(async () => {
  for (const one of open) await one.close();
});

/** Raised, restarted, written with and archived. */
async function raise(settings: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await source.sql(`alter system set ${name} = ${value}`);
  await source.control("restart", "-m", "fast");
  await source.sql("insert into public.transfers (account_id, amount) values (1, 1)");
  await source.sql("insert into public.heartbeat values (clock_timestamp())");
  await archiveNow(source.context);
}

const SECONDS = 25;

it("settings raised after the backup, several at once and one after the other, are taken over from what WAL says", async () => {
  await source.backup();
  await raise({ max_connections: 80 });
  await raise({ max_connections: 150, max_worker_processes: 20, max_locks_per_transaction: 128 });
  await raise({ max_connections: 60, max_prepared_transactions: 5, max_wal_senders: 20 });
  const began = Date.now();
  const done = await source.restore("latest", { timeoutSeconds: 600 });
  expect(complaints(done)).toEqual([]);
  expect((Date.now() - began) / 1000).toBeLessThan(SECONDS);
  const detail = detailOf(done, "target-reached");
  // All that changes in one step is in the control file by then; its first is what PostgreSQL names.
  for (const raised of ["max_connections = 150", "max_wal_senders = 20"]) expect(detail).toContain(raised);
  expect(source.told.join("\n")).toMatch(
    /WAL was written with max_connections = 80, the copy has 50: started again/,
  );
}, 120_000);

it("a setting raised between the backup's data and its checkpoint is raised on the way to the checkpoint", async () => {
  const { set } = await source.backup();
  await raise({ max_connections: 90 });
  await source.backup("incr");
  // The newer backup is gone: the newest checkpoint is reached from the older one, over the change.
  const { backupRepository } = source.context;
  const older = { ...backupRepository, list: async () => [set] };
  Object.assign(source.context, { backupRepository: older });
  const done = await source.restore(undefined, { timeoutSeconds: 600 });
  expect(
    complaints(done).filter((text) => !text.startsWith("generation") && !text.startsWith("source-clock")),
  ).toEqual([]);
  expect(detailOf(done, "checkpoint-reached")).toContain("max_connections = 90");
}, 120_000);

it("an overflowed snapshot: recovery cannot pause, ends at the checkpoint, and is read there", async () => {
  const session = await source.cluster.source.session("postgres");
  await session.query("create temp table written (v int)");
  await session.query("begin");
  for (let i = 0; i < 80; i++) {
    await session.query(`savepoint s${i}`);
    await session.query("insert into pg_temp.written values (1)");
  }
  // A superuser would notice when the checkpoint is taken, and wait for another moment.
  const { servers } = source.context;
  source.context.servers = { ...servers, source: (platform) => blind(servers.source(platform)) };
  await source.backup();
  source.context.servers = servers;
  await source.sql("insert into public.heartbeat values (clock_timestamp())");
  await archiveNow(source.context);
  const began = Date.now();
  const done = await source.restore(undefined, { timeoutSeconds: 600 });
  expect(complaints(done)).toEqual([]);
  const further = await source.restore("latest", { timeoutSeconds: 600 });
  expect(complaints(further)).toContainEqual(
    expect.stringMatching(
      /^target-reached: inconclusive: the copy could not pause at .*more than 64 subtransactions/,
    ),
  );
  expect((Date.now() - began) / 1000).toBeLessThan(SECONDS);
  await session.query("rollback");
  await session.close();
}, 120_000);

/** Connected to by who may not read files of the server. */
function blind(database: Database): Database {
  return {
    ...database,
    async session(name) {
      const session = await database.session(name);
      const query: Session["query"] = async <T extends Row>(sql: string, values?: readonly unknown[]) =>
        sql.includes("pg_read_file(text)")
          ? ([{ allowed: false }] as unknown as T[])
          : session.query<T>(sql, values);
      return { ...session, query };
    },
  };
}
