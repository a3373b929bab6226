// A repair that is killed in its middle, again and again, and run to its end: no row twice, none lost. And what it costs those who write.
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WRITER_BOUND_SECONDS } from "../../scripts/data/repair/batches";
import { type Cluster, startCluster } from "../e2e/cluster";
import { type Repairs, repairsOn, sorted } from "../e2e/repairs";

const ROWS = 12_000;

let cluster: Cluster;
let repairs: Repairs;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.psql(
    "postgres",
    `create role h_owner; create role fixer login in role h_owner; grant set on parameter session_replication_role to fixer;
     create schema ops_quarantine authorization fixer; create schema h; grant usage on schema h to h_owner;
     create table h.orders (id int primary key, status text not null, n int not null default 0);
     insert into h.orders select g, 'paid' from generate_series(1, ${ROWS}) g; alter table h.orders owner to h_owner;`,
  );
  repairs = repairsOn(cluster, "h", "fixer");
}, 60_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(`${cluster?.directory}-rows`, { recursive: true, force: true });
});

const count = async (where: string): Promise<number> => {
  const rows = await cluster.database.query<{ n: number }>(
    "postgres",
    `select count(*)::int as n from ${where}`,
  );
  return rows[0]!.n;
};

it("goes on behind the last batch that was committed", { timeout: 300_000 }, async () => {
  const before = await repairs.rows();
  await cluster.psql("postgres", "update h.orders set status = 'refunded'");
  const wrong = await repairs.rows();
  const plan = await repairs.plan(await repairs.changes(before, wrong), "keep-newer");
  const file = `${repairs.context.rowFiles.directory}/plan.json`;
  writeFileSync(file, JSON.stringify(plan));

  // Somebody works on other columns of the same rows all the while. The server takes the time: nothing of ours is in it.
  await cluster.psql(
    "postgres",
    `create table public.worked (writes int, longest interval); 
     create procedure public.work() language plpgsql as $$
     declare at int := 1; writes int := 0; longest interval := '0'; since timestamptz;
     begin
       loop
         exit when exists (select from pg_class where oid = to_regclass('public.over'));
         since := clock_timestamp();
         update h.orders o set n = o.n + 1 where o.id = at;
         commit;
         longest := greatest(longest, clock_timestamp() - since);
         writes := writes + 1;
         at := 1 + (at * 7919) % ${ROWS};
         perform pg_sleep(0.002);
       end loop;
       insert into public.worked values (writes, longest);
     end $$`,
  );
  const worker = await cluster.database.session("postgres");
  const working = worker.query("call public.work()");

  const progress: number[] = [];
  for (let kill = 0; kill < 3; kill++) {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", path.join(__dirname, "repair-run.ts"), cluster.directory, file],
      {
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
    const gone = new Promise((resolve) => child.on("close", resolve));
    const from = progress.at(-1) ?? 0;
    for (let i = 0; i < 600; i++) {
      const there = (await count("pg_class where relname = 'repairs'")) > 0;
      if (there && (await count("ops_quarantine.rows")) > from + 700) break;
      await sleep(10);
    }
    child.kill("SIGKILL");
    await gone;
    progress.push(await count("ops_quarantine.rows"));
  }
  const applied = await repairs.apply(plan);
  await cluster.psql("postgres", "create table public.over ()");
  await working;
  await worker.close();
  const [work] = await cluster.database.query<{ writes: number; longest: number }>(
    "postgres",
    "select writes, extract(epoch from longest)::float8 as longest from public.worked",
  );
  expect(progress[0]).toBeGreaterThan(0);
  expect(progress[2]).toBeLessThan(ROWS);
  expect(applied.before).toBeGreaterThan(0);
  expect(await count("h.orders where status <> 'paid'")).toBe(0);
  expect(await count("ops_quarantine.rows")).toBe(ROWS);
  expect(await count("(select from ops_quarantine.rows group by position having count(*) > 1) t")).toBe(0);
  const [sum] = await cluster.database.query<{ n: number }>(
    "postgres",
    "select sum(n)::int as n from h.orders",
  );
  expect(sum!.n).toBe(work!.writes);
  expect(work!.longest).toBeLessThan(WRITER_BOUND_SECONDS);

  // Nobody writes any more: what the repair left is there, and goes back whole.
  const now = await repairs.rows();
  const back = await repairs.unrepair(plan.id);
  expect(back.written + back.changed).toBe(ROWS);
  await repairs.unrepair(back.id);
  expect(sorted(await repairs.rows())).toEqual(sorted(now));
});
