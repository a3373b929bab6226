// The long forms of two tests of checkpoints: all tries that production makes, without the pauses between them.
import { afterAll, beforeAll, expect, it } from "vitest";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { type Cluster, startCluster } from "../e2e/cluster";
import { BIG, expectGivesUp, quick, SLOW, vacuumByHand } from "../e2e/patience";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster(SLOW);
});
afterAll(() => cluster.stop());

it("waits for a writer that holds its transaction open, and names it when it never ends, after as many tries as in production", async () => {
  await cluster.psql("postgres", "create table busy (v int)");
  const session = await cluster.database.session("postgres");
  await session.query("begin");
  await session.query("insert into public.busy (v) values (9), (9), (9)");
  await expectGivesUp(cluster.database, /pid \d+ of postgres in postgres, .*RowExclusiveLock/);
  await session.query("commit");
  await session.close();
  await expect(takeCheckpoint(quick, cluster.database)).resolves.toBeDefined();
});

it("a VACUUM that somebody typed is named when no checkpoint can be taken because of it, after as many tries as in production", async () => {
  await cluster.psql(
    "postgres",
    `${BIG}; alter table big set (autovacuum_enabled = off); alter system set deadlock_timeout = '10ms'; select pg_reload_conf()`,
  );
  const vacuum = await vacuumByHand(cluster.database);
  try {
    await expectGivesUp(cluster.database, /pid \d+ of postgres in postgres, .*ShareUpdateExclusiveLock/);
  } finally {
    await vacuum.end();
  }
});
