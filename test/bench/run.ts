// The benchmarks, one command: npx tsx test/bench/run.ts [--scale 24] [--rounds 5] [--only restores,fingerprints]
// Real parts, interleaved, medians, ratios against peers. Never an assertion: a slow machine is not a defect.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { loadPlatform } from "../../policies/service/load";
import { connectBackups } from "../../scripts/backup/adapter";
import type { BackupTools } from "../../scripts/backup/port";
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { createHost } from "../../scripts/machine";
import { createClock } from "../../scripts/machine/clock";
import { createServers } from "../../scripts/postgres/adapter/servers";
import { readState } from "../../scripts/postgres/read-state";
import { createSandbox } from "../../scripts/sandbox/adapter/sandbox";
import { interleave, median, report } from "./measure";

const ROOT = path.resolve(__dirname, "../..");
const PARTS = ["restores", "fingerprints", "checkpoints", "start"];
const { values } = parseArgs({
  options: {
    scale: { type: "string", default: "24" }, // a little over 3 GB
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: PARTS.join(",") },
  },
});
const rounds = Number(values.rounds);
const only = values.only.split(",");
const unknown = only.filter((name) => !PARTS.includes(name));
if (unknown.length > 0)
  throw new Error(`--only: found ${unknown.join(", ")}; expected some of ${PARTS.join(", ")}`);
const user = process.getuid?.() === 0 ? "postgres" : "";

async function main(): Promise<void> {
  const base = mkdtempSync("/var/tmp/ops-bench-");
  const socket = mkdtempSync("/tmp/opsn-");
  const host = createHost();
  const clock = createClock();
  // The account that runs PostgreSQL passes through both; what exists already, makeDirectory leaves as it is.
  for (const directory of [base, socket]) chmodSync(directory, 0o711);
  const places = { sandbox: `${base}/sandbox`, socket: `${socket}/source`, copies: `${base}/copies` };
  const platform = loadPlatform(ROOT, "sandbox", places);
  const sandbox = createSandbox({
    host,
    clock,
    environment: "sandbox",
    directory: places.sandbox,
    socket: places.socket,
    user,
  });
  try {
    await sandbox.up({ scale: Number(values.scale), onNote: (note) => process.stderr.write(`${note}\n`) });
    const bench = { host, clock, sandbox, platform, base, ...connectBackups(host, platform) };
    const parts = { restores, fingerprints, checkpoints, start };
    for (const [name, part] of Object.entries(parts))
      if (only.includes(name)) console.log(`\n${await part(bench)}`);
  } finally {
    await sandbox.down();
    rmSync(base, { recursive: true, force: true });
    rmSync(socket, { recursive: true, force: true });
  }
}

interface Bench extends BackupTools {
  host: ReturnType<typeof createHost>;
  clock: ReturnType<typeof createClock>;
  sandbox: ReturnType<typeof createSandbox>;
  platform: ReturnType<typeof loadPlatform>;
  base: string;
}

const UNARCHIVED = "select from pg_ls_archive_statusdir() where name like '%.ready'";

/** Our restore phase (through the adapter, handed over to a copy's account) beside the bare engine, a copy of the same bytes, and a logical restore. */
async function restores({ host, clock, platform, base, backupEngine }: Bench): Promise<string> {
  const { set } = await backupEngine.backup("full");
  const source = await createServers(host).source(platform).session("learning");
  const { host: socket, port } = platform.database;
  const must = async (program: string, args: string[]): Promise<void> => {
    const result = await host.run(program.startsWith("/") ? program : await host.program(program), args, {
      user,
    });
    if (result.exitCode !== 0) throw new Error(`${program}: ${result.stderr}`);
  };
  const connection = [`--host=${socket}`, `--port=${port}`, "--username=postgres"];
  await host.makeDirectory(`${base}/work`, { user, mode: 0o700 });
  await host.makeDirectory(`${base}/dump`, { user, mode: 0o700 });
  await must("pg_dump", [...connection, "-Fc", "-Z1", `--file=${base}/dump/learning`, "learning"]);
  const fresh = async (name: string): Promise<string> => {
    const directory = `${base}/work/${name}`;
    rmSync(directory, { recursive: true, force: true });
    for (const part of ["", "data", "spool", "lock", "log", "tablespaces"]) {
      await host.makeDirectory(path.join(directory, part), { user, mode: 0o700 });
    }
    // What the one before left unwritten or unarchived would be charged to this one: pg_restore writes gigabytes of WAL.
    await must("psql", [...connection, "--quiet", "--command=CHECKPOINT"]);
    while ((await source.query(UNARCHIVED)).length > 0) await clock.sleep(0.2);
    await must("/bin/sync", []);
    return directory;
  };
  const timed = async (body: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await body();
    return (performance.now() - began) / 1000;
  };
  const rows = await interleave(
    [
      {
        name: "ops restore phase",
        run: async () => {
          const work = await fresh("ours");
          const claim = await host.claimAccount(work);
          const into = `${work}/data`;
          try {
            return await timed(async () => {
              await backupEngine.restore({ set, into, tablespaces: `${work}/tablespaces`, work });
              await host.handOver(into, claim?.user ?? user);
            });
          } finally {
            await claim?.release();
          }
        },
      },
      {
        name: "pgbackrest restore",
        run: async () => {
          const work = await fresh("bare");
          const args = [
            `--config=${platform.backups.config}`,
            `--stanza=${platform.backups.stanza}`,
            `--pg1-path=${work}/data`,
            "--process-max=2",
            "--archive-mode=off",
          ];
          return timed(() =>
            must("pgbackrest", [...args, `--lock-path=${work}/lock`, `--set=${set.label}`, "restore"]),
          );
        },
      },
      {
        name: "cp -r, sync",
        run: async () => {
          const work = await fresh("copy");
          return timed(() =>
            must("/bin/sh", ["-c", `cp -r '${base}/work/bare/data' '${work}/copy' && sync -f '${work}'`]),
          );
        },
      },
      {
        name: "pg_restore -j2",
        run: async () => {
          await fresh("logical");
          await must("createdb", [...connection, "bench_restore"]);
          const seconds = await timed(() =>
            must("pg_restore", [...connection, "-j2", "--dbname=bench_restore", `${base}/dump/learning`]),
          );
          await must("dropdb", [...connection, "bench_restore"]);
          return seconds;
        },
      },
    ],
    rounds,
  );
  await source.close();
  rmSync(`${base}/work`, { recursive: true, force: true });
  return report(`Restore of ${(set.databaseBytes / 1e9).toFixed(2)} GB`, rows, set.databaseBytes);
}

/** Our fingerprint of every row beside a bare count of the same tables and a hash of the logical dump. */
async function fingerprints({ host, platform }: Bench): Promise<string> {
  const source = createServers(host).source(platform);
  const tables = await source.query<{ name: string }>(
    "learning",
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('learning', 'ops', 'public')
        and not exists (select from pg_partitioned_table p where p.partrelid = format('%I.%I', schemaname, tablename)::regclass)`,
  );
  const count = async (): Promise<undefined> => {
    const work = tables.map(({ name }) => name);
    const worker = async (): Promise<void> => {
      const session = await source.session("learning");
      await session.query("set max_parallel_workers_per_gather = 0");
      for (let name = work.shift(); name; name = work.shift())
        await session.query(`select count(*) from only ${name}`);
      await session.close();
    };
    await Promise.all([worker(), worker()]);
    return undefined;
  };
  const dump = async (): Promise<undefined> => {
    const pgDump = await host.program("pg_dump");
    const { host: socket, port } = platform.database;
    await host.run(
      "/bin/sh",
      ["-c", `'${pgDump}' --host='${socket}' --port=${port} --username=postgres learning | sha256sum`],
      { user },
    );
    return undefined;
  };
  const rows = await interleave(
    [
      { name: "ops fingerprint", run: async () => void (await readState(source, ["learning"])) },
      { name: "count(*), 2 sessions", run: count },
      { name: "pg_dump | sha256sum", run: dump },
    ],
    rounds,
  );
  const [{ bytes } = { bytes: "0" }] = await source.query<{ bytes: string }>(
    "learning",
    "select pg_database_size('learning')::text as bytes",
  );
  return report("Reading every row of the source", rows, Number(bytes));
}

/** What writers feel while checkpoints are taken: latency of single-row commits, with and without. */
async function checkpoints({ host, clock, sandbox, platform }: Bench): Promise<string> {
  await sandbox.startWorkload();
  const source = createServers(host).source(platform);
  const session = await source.session("learning");
  await session.query("create table if not exists public.bench_latency (at timestamptz default now())");
  const { host: socket, port } = platform.database;
  const during = async (body: () => Promise<void>): Promise<number[]> => {
    const workerData = { host: socket, port, user: "postgres", database: "learning" };
    const writer = new Worker(path.join(__dirname, "writer.mjs"), { workerData });
    // Heard from the start: a writer that fails ends the benchmark, which then cleans up.
    const told = once(writer, "message") as Promise<[number[]]>;
    const [[latencies]] = await Promise.all([told, body().then(() => writer.postMessage("stop"))]);
    return latencies.sort((a, b) => a - b);
  };
  const held: number[] = [];
  const context = {
    clock,
    newId: () => `bench-${held.length}`,
    random: Math.random,
    signal: new AbortController().signal,
  };
  const quiet = await during(() => clock.sleep(15));
  const busy = await during(async () => {
    for (let i = 0; i < 10; i++) held.push((await takeCheckpoint(context, source)).lock.heldSeconds * 1000);
  });
  await session.query("drop table public.bench_latency");
  await session.close();
  await sandbox.stopWorkload();
  const at = (values: readonly number[], share: number): string =>
    `${(values[Math.floor(values.length * share)] ?? 0).toFixed(1)} ms`;
  return [
    "Writers while 10 checkpoints are taken (single-row commits, workload running)",
    `  without: median ${at(quiet, 0.5)}, p99 ${at(quiet, 0.99)}, worst ${quiet.at(-1)?.toFixed(1)} ms (${quiet.length} commits)`,
    `  with:    median ${at(busy, 0.5)}, p99 ${at(busy, 0.99)}, worst ${busy.at(-1)?.toFixed(1)} ms (${busy.length} commits)`,
    `  lock held: median ${median(held).toFixed(0)} ms, longest ${Math.max(...held).toFixed(0)} ms`,
  ].join("\n");
}

/** Cold start beside an empty Node, and the peak memory of our own process over a whole verification. */
async function start({ base }: Bench): Promise<string> {
  const ops = path.join(ROOT, "ops");
  const rows = await interleave(
    [
      {
        name: "ops --help",
        run: async () => void execFileSync(process.execPath, [ops, "--help"], { stdio: "ignore" }),
      },
      { name: "node -e 0", run: async () => void execFileSync(process.execPath, ["-e", "0"]) },
    ],
    rounds,
  );
  const env = { ...process.env, OPS_STATE: `${base}/start`, OPS_HOME: `${base}/home` };
  const peaks: string[] = [];
  for (const scale of new Set(["0.1", "1", values.scale])) {
    await peakMemory([ops, "sandbox", "up", "--scale", scale], env);
    const began = performance.now();
    const peak = await peakMemory([ops, "drill"], env);
    peaks.push(
      `  scale ${scale}: ${(peak / 1024).toFixed(0)} MiB, drill ${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
    await peakMemory([ops, "sandbox", "down"], env);
  }
  return `${report("Cold start", rows)}\nPeak memory of our own process over a full drill\n${peaks.join("\n")}`;
}

/** VmHWM of the process, KiB. */
function peakMemory(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, args, { env, stdio: "ignore" });
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(
        peak,
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0),
      );
    } catch {
      // It ended between two looks.
    }
  }, 100);
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      clearInterval(timer);
      if (code === 0) resolve(peak);
      else reject(new Error(`${args.join(" ")} exited ${code}`));
    });
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
