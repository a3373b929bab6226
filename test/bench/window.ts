// Random instants of a long history, all verified in one run: `npx tsx test/bench/window.ts [instants] [backups] [seed]`.
// Makes a small sandbox of its own, fills it with a busy workload and several backups, draws, verifies, prints, removes.
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { createHost } from "../../scripts/machine";
import { pathsOf } from "../../scripts/machine/paths";
import { chooseAction } from "../../scripts/sandbox/actions";
import { type Checkout, makeCheckout } from "../e2e/checkout";

/** 59 clean instants are the fewest that bound the share of failures at 5 % (95 % confidence). */
const [instants = 60, backups = 4, seed = 20261123] = process.argv.slice(2).map(Number);
const SCALE = "0.02";
/** Between two backups; the busy workload writes several segments in it. */
const SECONDS_BETWEEN = 45;
const WRITERS = 4;

async function must(checkout: Checkout, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await checkout.ops(...args);
  if (code !== 0) throw new Error(`ops ${args.join(" ")} exited ${code}: ${stdout}${stderr}`);
  return stdout;
}

/** The sandbox's own actions, as fast as a few connections can. @returns what ends it and says how many there were */
function busy(socket: string): () => Promise<number> {
  const pool = new Pool({
    host: socket,
    user: "learning_app",
    database: "learning",
    max: WRITERS,
    ssl: false,
  });
  pool.on("error", () => {});
  let stopping = false;
  let done = 0;
  const writer = async (): Promise<void> => {
    while (!stopping) {
      const { sql } = chooseAction(Math.random());
      await pool.query(sql, sql.includes("$1") ? [Math.random()] : []).then(
        () => done++,
        () => sleep(50),
      );
      // Leaves the machine some room: the history is to be long, not the database large.
      await sleep(5);
    }
  };
  const writers = Array.from({ length: WRITERS }, writer);
  return async () => {
    stopping = true;
    await Promise.all(writers);
    await pool.end();
    return done;
  };
}

interface Instant {
  at: string;
  verdict: string;
  seconds: number;
  rtoSeconds: number | null;
  backup: string | null;
  findings: string[];
}

async function main(): Promise<void> {
  const checkout = makeCheckout();
  const host = createHost();
  try {
    await must(checkout, "sandbox", "up", "--scale", SCALE);
    const places = pathsOf(checkout.root, {
      OPS_HOME: checkout.home,
      OPS_STATE: path.join(checkout.home, "../state"),
    });
    const stop = busy(path.join(places.sockets, "source"));
    const began = performance.now();
    for (let i = 0; i < backups; i++) {
      await must(checkout, "backup");
      await sleep(SECONDS_BETWEEN * 1000);
    }
    const committed = await stop();
    const minutes = (performance.now() - began) / 60_000;
    const version = (await host.run(await host.program("postgres"), ["--version"])).stdout.trim();
    console.log(
      `history: ${minutes.toFixed(1)} min, ${backups} backups, ${committed} transactions beside the usual workload, scale ${SCALE}, ${version}`,
    );
    const since = performance.now();
    const { code, result } = await checkout.json(
      "verify",
      "--sample",
      String(instants),
      "--seed",
      String(seed),
    );
    const whole = (performance.now() - since) / 1000;
    if (!result.json) throw new Error(`ops verify exited ${code}: ${JSON.stringify(result)}`);
    const {
      instants: all,
      failures,
      bound,
    } = result.json as {
      instants: Instant[];
      failures: number;
      bound: number;
    };
    const sorted = all.map(({ seconds }) => seconds).sort((a, b) => a - b);
    const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
    console.log(
      [
        `instants verified      ${all.length} (seed ${seed}), from ${new Set(all.map((one) => one.backup)).size} backups`,
        `with a finding         ${failures}`,
        `bound, 95 %            ${(bound * 100).toFixed(2)} % of the instants would fail (rule of three ${(300 / all.length).toFixed(2)} %)`,
        `seconds an instant     ${(whole / all.length).toFixed(1)} in all; median ${at(0.5)}, p95 ${at(0.95)}, most ${at(1)}`,
        `whole run              ${(whole / 60).toFixed(1)} min, verdict ${String(result.verdict)}, exit ${code}`,
        ...all
          .filter(({ verdict }) => verdict !== "pass")
          .map((one) => `  ${one.at} ${one.verdict}: ${one.findings.join(", ")}`),
      ].join("\n"),
    );
    console.log((await checkout.ops("coverage")).stdout);
    process.exitCode = failures === 0 ? 0 : 1;
  } finally {
    await checkout.remove();
  }
}

void main();
