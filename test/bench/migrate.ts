// How long a migration keeps writers waiting: the safe form under our runner against naive SQL, on one big table under load.
// npx tsx test/bench/migrate.ts [--rows 10000000]. Prints ratios; asserts nothing.
import { mkdtempSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Session } from "../../scripts/postgres/port";
import { startCluster } from "../e2e/cluster";
import { benchOf } from "../e2e/migrations";

const { values } = parseArgs({ options: { rows: { type: "string", default: "10000000" } } });
const ROWS = Number(values.rows);
/** Connections that each update one row by its key, again and again. */
const WRITERS = 4;
/** How long somebody reads the table while the migration comes, seconds: a report, a forgotten session. */
const READER_SECONDS = 5;

interface Case {
  name: string;
  naive: string;
  /** Our form, as sections of a migration. */
  up: string;
  down: string;
  undoNaive: string;
  /** Somebody holds the table when it begins. */
  held?: true;
}

const CASES: readonly Case[] = [
  {
    name: "index",
    naive: "CREATE INDEX orders_learner ON shop.orders (learner)",
    undoNaive: "DROP INDEX shop.orders_learner",
    up: "-- ops:no-transaction\nCREATE INDEX CONCURRENTLY orders_learner ON shop.orders (learner);",
    down: "-- ops:no-transaction\nDROP INDEX CONCURRENTLY shop.orders_learner;",
  },
  {
    name: "check",
    naive: "ALTER TABLE shop.orders ADD CONSTRAINT positive CHECK (amount >= 0)",
    undoNaive: "ALTER TABLE shop.orders DROP CONSTRAINT positive",
    up: "ALTER TABLE shop.orders ADD CONSTRAINT positive CHECK (amount >= 0) NOT VALID;\n-- ops:new-transaction\nALTER TABLE shop.orders VALIDATE CONSTRAINT positive;",
    down: "ALTER TABLE shop.orders DROP CONSTRAINT positive;",
  },
  {
    name: "column with a computed value",
    naive: "ALTER TABLE shop.orders ADD COLUMN token uuid DEFAULT gen_random_uuid()",
    undoNaive: "ALTER TABLE shop.orders DROP COLUMN token",
    up: "ALTER TABLE shop.orders ADD COLUMN token uuid;\nALTER TABLE shop.orders ALTER COLUMN token SET DEFAULT gen_random_uuid();\n-- ops:backfill table=shop.orders key=id batch=5000\nUPDATE shop.orders SET token = gen_random_uuid() WHERE id > $1 AND id <= $2 AND token IS NULL;",
    down: "ALTER TABLE shop.orders DROP COLUMN token;",
  },
  {
    name: `column, while somebody reads for ${READER_SECONDS} s`,
    naive: "ALTER TABLE shop.orders ADD COLUMN note text",
    undoNaive: "ALTER TABLE shop.orders DROP COLUMN note",
    up: "ALTER TABLE shop.orders ADD COLUMN note text;",
    down: "ALTER TABLE shop.orders DROP COLUMN note;",
    held: true,
  },
];

async function main(): Promise<void> {
  const cluster = await startCluster({
    shared_buffers: "512MB",
    max_wal_size: "4GB",
    synchronous_commit: "off",
  });
  const directory = mkdtempSync("/tmp/opsm-");
  const bench = benchOf(directory, cluster.database);
  const open = (): Promise<Session> => cluster.database.session("postgres");
  const root = await open();
  try {
    await cluster.psql(
      "postgres",
      `create schema shop; create table shop.orders (id bigint, learner bigint not null, amount numeric(10, 2) not null, at timestamptz not null default now());
       insert into shop.orders select g, g % 200000, (g % 900)::numeric from generate_series(1, ${ROWS}) g;
       alter table shop.orders add primary key (id); vacuum analyze shop.orders;`,
    );
    const [size] = await root.query<{ bytes: string }>("select pg_table_size('shop.orders')::text as bytes");
    console.log(`${ROWS} rows, ${(Number(size!.bytes) / 1e6).toFixed(0)} MB, ${WRITERS} writers`);
    for (const [index, one] of CASES.entries()) {
      const hold = one.held ? reader : undefined;
      const naive = await underLoad(open, hold, () => root.query(one.naive));
      await root.query(one.undoNaive);
      const name = `000${index + 1}_case`;
      bench.write(name, one.up, one.down);
      const ours = await underLoad(open, hold, () => bench.run(name, "up"));
      await bench.run(name, "down");
      bench.remove(name);
      console.log(
        `${one.name}: writers waited at most ${ms(naive.longest)} (naive, ${naive.seconds.toFixed(1)} s) and ${ms(ours.longest)} (ours, ${ours.seconds.toFixed(1)} s): ratio ${(naive.longest / ours.longest).toFixed(0)}`,
      );
      if (one.name !== "column")
        console.log(`  naive work ${(Number(size!.bytes) / 1e6 / naive.seconds).toFixed(0)} MB/s`);
    }
  } finally {
    await root.close();
    await cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;

async function reader(session: Session): Promise<void> {
  await session.query("begin");
  await session.query("select from shop.orders limit 1");
  await sleep(READER_SECONDS * 1000);
  await session.query("commit");
}

/** Longest single-row update while `body` runs, milliseconds. */
async function underLoad(
  open: () => Promise<Session>,
  hold: ((session: Session) => Promise<void>) | undefined,
  body: () => Promise<unknown>,
): Promise<{ longest: number; seconds: number }> {
  let [running, longest] = [true, 0];
  const writers = Array.from({ length: WRITERS }, async () => {
    const session = await open();
    while (running) {
      const id = 1 + Math.floor(Math.random() * ROWS);
      const since = performance.now();
      await session.query("update shop.orders set amount = amount where id = $1", [id]);
      longest = Math.max(longest, performance.now() - since);
      await sleep(2);
    }
    await session.close();
  });
  await sleep(500);
  const holder = hold ? await open() : undefined;
  const held = holder ? hold!(holder) : Promise.resolve();
  await sleep(200);
  longest = 0;
  const since = performance.now();
  await body();
  const seconds = (performance.now() - since) / 1000;
  running = false;
  await Promise.all([...writers, held]);
  await holder?.close();
  return { longest, seconds };
}

void main();
