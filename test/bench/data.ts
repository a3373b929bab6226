// Undoing and comparing on one big table against what one would do by hand: dump both sides, join them whole. And the rate of blame.
// npx tsx test/bench/data.ts [--rows 10000000] [--rounds 3]. Prints seconds and ratios of one run; asserts nothing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { archiveNow } from "../../scripts/backup/archiving";
import { silent } from "../../scripts/core/progress";
import { createRowFiles } from "../../scripts/data/adapter/row-files";
import { blame } from "../../scripts/data/blame";
import { atInstant, findInstant } from "../../scripts/data/diff/instants";
import { compareTables } from "../../scripts/data/diff/tables";
import type { RepairTools } from "../../scripts/data/port";
import { makePlan } from "../../scripts/data/repair/make-plan";
import { totalOf } from "../../scripts/data/repair/plan";
import { findFamily, listTableFiles } from "../../scripts/data/tables";
import { readChanges } from "../../scripts/data/transactions";
import { openArchive } from "../../scripts/data/wal/archive";
import { readInPeace } from "../../scripts/postgres/let-go";
import type { Database } from "../../scripts/postgres/port";
import { instantOf } from "../e2e/statements";
import { openThrowaway, type Throwaway } from "../e2e/throwaway";
import { interleave, median } from "./measure";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "rows,blame" },
  },
});
const ROWS = Number(values.rows);
/** Rows that went wrong, far from each other. */
const WRONG = 1_000;
/** Rows of others, one transaction each, that changed meanwhile. */
const OTHERS = 5_000;
/** Rows of another table, a thousand a transaction: the WAL that blame reads. */
const WRITTEN = 1_000_000;

const table = { schema: "shop", name: "orders" };

async function main(): Promise<void> {
  const source = await openThrowaway();
  try {
    await measure(source);
  } finally {
    await source.close();
  }
}

async function measure(source: Throwaway): Promise<void> {
  const stood = { at: 0 };
  const context = contextOf(source, stood);
  await fill(source);
  note(`${ROWS} rows, ${await sizeOf(source)}`);
  await source.backup();
  if (values.only.includes("rows")) await rowsOf(context, source, stood);
  if (values.only.includes("blame")) console.log(await blamed(context, source));
  console.log(`peak memory of this process: ${peak()}`);
}

/** @param stood told when a copy stands: it was recovered to just before the transaction */
function contextOf({ context }: Throwaway, stood: { at: number }): RepairTools {
  return {
    ...context,
    platform: { ...context.platform, repairs: { user: "fixer" }, invariants: [] },
    rowFiles: createRowFiles(context.host, `${context.copies}-rows`),
    progress: {
      ...silent(),
      async phase(name, body) {
        const done = await body({ update() {}, note() {} });
        if (name.startsWith("recover to just before")) stood.at = performance.now();
        return done;
      },
    },
  };
}

async function rowsOf(context: RepairTools, source: Throwaway, stood: { at: number }): Promise<void> {
  const { database } = source.cluster;
  const from = await now(source);
  const [first] = await source.cluster.source.query<{ xid: string }>(
    database,
    `update shop.orders set status = 'refunded', amount = amount + 1 where id in (select 1 + (g * ${Math.floor(ROWS / WRONG)} + g * g % 97) % ${ROWS} from generate_series(1, ${WRONG}) g)
     returning pg_current_xact_id()::text as xid`,
  );
  await oneByOne(source, WRONG, "status = 'wrong'", 31);
  await oneByOne(source, OTHERS, "note = note || '.'", 57);
  await archiveNow(context);
  note(`peak before: ${peak()}`);
  const began = performance.now();
  const request = { policy: "keep-newer", triggers: "off", mostRows: 100_000, without: [] } as const;
  const made = await makePlan(context, request, (name) => readChanges(context, [Number(first!.xid)], name));
  const [whole, undo] = [seconds(began), seconds(stood.at)];
  const { writes, conflicts } = totalOf(made.plan);
  await context.rowFiles.remove(made.changes.file);
  note(`peak after the plan: ${peak()}`);
  const found = await againstByHand(context, source, from);
  const [hand, diff] = [median(found.hand), median(found.ours)];
  console.log(
    [
      `undo of one transaction: ${writes} rows to write, ${conflicts} conflicts; the plan is ready ${undo.toFixed(2)} s after the copy stands (${whole.toFixed(1)} s in all)`,
      `by hand, both sides dumped into one database and joined: ${found.hand.map((each) => each.toFixed(1)).join(" ")} s, ${found.joined} rows; ratio ${(hand / undo).toFixed(1)}`,
      `diff of ${ROWS} rows: ${found.rows} rows; ${found.ours.map((each) => each.toFixed(1)).join(" ")} s; ratio ${(hand / diff).toFixed(1)}`,
    ].join("\n"),
  );
}

const peak = (): string => `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`;

async function fill(source: Throwaway): Promise<void> {
  await source.sql(
    `create role shop_owner; create role fixer login in role shop_owner; grant set on parameter session_replication_role to fixer;
     create schema ops_quarantine authorization fixer; create schema shop authorization shop_owner; set role shop_owner;
     create table shop.orders (id bigint, learner bigint not null, status text not null, amount numeric(10, 2) not null, at timestamptz not null, note text);
     create table shop.visits (id bigint primary key, learner bigint not null, at timestamptz not null default now())`,
    `insert into shop.orders select g, g % 200000, case g % 3 when 0 then 'paid' when 1 then 'pending' else 'closed' end, (g % 900)::numeric,
            '2026-01-01'::timestamptz + g * interval '1 s', md5(g::text) from generate_series(1, ${ROWS}) g`,
    "alter table shop.orders add primary key (id)",
    "vacuum analyze shop.orders",
  );
}

async function sizeOf({ cluster }: Throwaway): Promise<string> {
  const [row] = await cluster.source.query<{ size: string }>(
    cluster.database,
    "select pg_size_pretty(pg_table_size('shop.orders')) as size",
  );
  return row!.size;
}

/** Rows far from each other, a transaction each. */
async function oneByOne({ cluster }: Throwaway, count: number, set: string, offset: number): Promise<void> {
  const session = await cluster.source.session(cluster.database);
  await session.query("set synchronous_commit = off");
  for (let n = 0; n < count; n++) {
    const id = 1 + ((n * Math.floor(ROWS / count) + offset) % ROWS);
    await session.query(`update shop.orders set ${set} where id = $1`, [id]);
  }
  await session.close();
}

async function now({ cluster }: Throwaway): Promise<string> {
  const session = await cluster.source.session(cluster.database);
  return instantOf(session).finally(() => session.close());
}

/** Both on the same copy and the same source, in turn. */
async function againstByHand(
  context: RepairTools,
  source: Throwaway,
  from: string,
): Promise<{ ours: number[]; hand: number[]; rows: number; joined: number }> {
  const instant = await findInstant(context, from);
  const { done } = await atInstant(context, instant, async (copy) => {
    let [rows, joined] = [0, 0];
    const measured = await interleave(
      [
        {
          name: "ops data diff",
          async run() {
            rows = await differences(context, source, copy);
            return undefined;
          },
        },
        {
          name: "by hand",
          async run() {
            joined = await byHand(source, copy);
            return undefined;
          },
        },
      ],
      Number(values.rounds),
    );
    return { ours: measured[0]!.seconds, hand: measured[1]!.seconds, rows, joined };
  });
  return done;
}

async function differences(context: RepairTools, { cluster }: Throwaway, copy: Database): Promise<number> {
  let rows = 0;
  await readInPeace(context, cluster.source, (live) =>
    compareTables(
      context,
      [copy, live],
      { database: cluster.database, wanted: [{ database: cluster.database, table }], name: context.newId() },
      { table: () => async () => void rows++, fate() {} },
      { update() {}, note() {} },
    ),
  );
  return rows;
}

/** `COPY` of both sides side by side into unlogged tables, and a full outer join. */
async function byHand({ cluster }: Throwaway, copy: Database): Promise<number> {
  const { source, database } = cluster;
  await source.query(
    database,
    `drop schema if exists hand cascade; create schema hand; create unlogged table hand.was (like shop.orders); create unlogged table hand.now (like shop.orders)`,
  );
  await Promise.all([
    pipe(await reaching(copy, database), await reaching(source, database), "hand.was"),
    pipe(await reaching(source, database), await reaching(source, database), "hand.now"),
  ]);
  const session = await source.session(database);
  try {
    await session.query("set work_mem = '512MB'; set max_parallel_workers_per_gather = 2");
    const [row] = await session.query<{ rows: number }>(
      "select count(*)::float8 as rows from hand.was w full join hand.now n using (id) where w is distinct from n",
    );
    return row!.rows;
  } finally {
    await session.query("drop schema hand cascade");
    await session.close();
  }
}

/** psql's words for a server. */
async function reaching(server: Database, database: string): Promise<string[]> {
  const { host, port } = server.address;
  return ["-X", "-q", "-h", host, "-p", String(port), "-U", await server.user(), "-d", database];
}

async function pipe(from: readonly string[], to: readonly string[], into: string): Promise<void> {
  const read = spawn("psql", [...from, "-c", "copy shop.orders to stdout (format binary)"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const write = spawn("psql", [...to, "-c", `copy ${into} from stdin (format binary)`], {
    stdio: [read.stdout, "ignore", "inherit"],
  });
  for (const [code] of await Promise.all([once(read, "exit"), once(write, "exit")]))
    if (code !== 0) throw new Error(`psql ended with ${String(code)}`);
}

async function blamed(context: RepairTools, source: Throwaway): Promise<string> {
  const from = new Date(await now(source));
  const session = await source.cluster.source.session(source.cluster.database);
  await session.query("set synchronous_commit = off");
  for (let at = 0; at < WRITTEN; at += 1_000)
    await session.query(
      `insert into shop.visits select g, g % 777 from generate_series(${at + 1}, ${at + 1_000}) g`,
    );
  await session.close();
  await archiveNow(context);

  const { database } = source.cluster;
  const files = await listTableFiles(source.cluster.source);
  const family = await findFamily(source.cluster.source, {
    database,
    table: { schema: "shop", name: "visits" },
  });
  const wanted = new Set(
    files.flatMap(({ databaseOid, oid }) => (family.has(oid) ? [`${databaseOid}/${oid}`] : [])),
  );
  const archive = await openArchive(context);
  const began = performance.now();
  const { suspects, others, scanned } = await blame(context, archive, { from, to: undefined }, files, wanted);
  const took = seconds(began);

  const rows = suspects.reduce((sum, each) => sum + each.rows, others.rows);
  return `blame: ${(scanned.bytes / 1e6).toFixed(0)} MB of WAL with ${rows} rows in ${took.toFixed(1)} s, ${(scanned.bytes / 1e6 / took).toFixed(0)} MB/s`;
}

const seconds = (since: number): number => (performance.now() - since) / 1000;

const note = (text: string): void => void process.stderr.write(`${text}\n`);

void main();
