// A process of its own: the users of the learning platform, committing until stopped. It outlives server restarts and
// damaged tables, and ends when its sandbox does. Started by workload-control.ts: `workload.ts <directory> <socket> <rate>`.
import { constants, openSync, readFileSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { chooseAction, HEARTBEAT } from "../actions";
import { formatHeartbeat } from "../heartbeat";
import { DATABASE, layoutOf, PORT } from "../layout";

const [directory = "", socket = "", rate = ""] = process.argv.slice(2);
const { workload } = layoutOf(directory, socket);
const pool = new Pool({
  host: socket,
  port: PORT,
  user: "learning_app",
  database: DATABASE,
  max: 2,
  connectionTimeoutMillis: 2000,
  idleTimeoutMillis: 0,
  ssl: false,
  application_name: "workload",
});
pool.on("error", () => {}); // an idle connection died with its server; the next query opens another

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => (stopping = true));

/** Ours as long as the sandbox exists and its record names this process: no second workload, none left behind. */
function wanted(): boolean {
  try {
    return (
      !stopping &&
      (JSON.parse(readFileSync(workload.identity, "utf8")) as { pid: number }).pid === process.pid
    );
  } catch {
    return false;
  }
}

let silencedUntil = 0;
/** At most one line a second: a damaged table fails every action that touches it. */
function complain(what: string, error: unknown): void {
  if (Date.now() < silencedUntil) return;
  silencedUntil = Date.now() + 1000;
  console.error(
    `${new Date().toISOString()} ${what}: ${error instanceof Error ? error.message : String(error)}`,
  );
}

/** Runs `body` every `milliseconds`, not faster, and never gives up. */
async function repeat(milliseconds: number, body: () => Promise<void>): Promise<void> {
  while (wanted()) {
    const next = Date.now() + milliseconds;
    await body();
    await sleep(Math.max(0, next - Date.now()));
  }
}

async function main(): Promise<void> {
  // Whoever started us records our pid a moment after we began.
  for (let waited = 0; !wanted() && waited < 50; waited++) await sleep(100);
  const record = openSync(workload.heartbeat, constants.O_RDWR | constants.O_CREAT, 0o600);
  const beat = async (): Promise<void> => {
    try {
      const { rows } = await pool.query<{ n: string; at: string }>(HEARTBEAT);
      if (rows[0]) writeSync(record, formatHeartbeat(rows[0]), 0); // only after the commit was acknowledged
    } catch (error) {
      complain("heartbeat", error);
    }
  };
  const act = async (): Promise<void> => {
    const action = chooseAction(Math.random());
    try {
      await pool.query(action.sql, action.sql.includes("$1") ? [Math.random()] : []);
    } catch (error) {
      complain(action.name, error);
    }
  };
  await Promise.all([repeat(1000, beat), repeat(1000 / Number(rate), act)]);
  await pool.end();
}

void main();
