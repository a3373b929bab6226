// The sandbox's invariants on a real PostgreSQL with the real schema: silent on good data, loud on each fault.
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPlatform } from "../../../policies/service/load";
import { ROOT, read } from "../repository";

const MIGRATIONS = "scripts/sandbox/migrations";
const { invariants } = loadPlatform(ROOT, "sandbox", {
  sandbox: "/run/sandbox",
  socket: "/run/s",
  copies: "/run/copies",
});
const directory = mkdtempSync(join(tmpdir(), "ops-inv-"));
const root = process.getuid?.() === 0;

/** Debian keeps the server's programs off PATH. */
function program(name: string): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(debian, version, "bin", name)).find(existsSync) ?? name;
}

/** PostgreSQL refuses to run as root. */
function run(name: string, ...args: string[]): void {
  const unprivileged = ["--reuid=postgres", "--regid=postgres", "--init-groups", program(name), ...args];
  if (root) execFileSync("setpriv", unprivileged, { stdio: "ignore", cwd: "/" });
  else execFileSync(program(name), args, { stdio: "ignore" });
}

let client: Client;

beforeAll(async () => {
  if (root) {
    const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
    chownSync(directory, id("-u"), id("-g"));
  }
  const data = join(directory, "data");
  run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync");
  run("pg_ctl", "-w", "-D", data, "-l", join(directory, "log"), "-o", `-k ${directory} -h '' -F`, "start");
  client = new Client({ host: directory, user: "postgres", database: "postgres" });
  await client.connect();
  for (const file of readdirSync(join(ROOT, MIGRATIONS)).sort()) {
    await client.query(`BEGIN; SET LOCAL sandbox.scale = '0.005'; ${read(`${MIGRATIONS}/${file}`)}; COMMIT`);
  }
});

afterAll(async () => {
  await client.end();
  run("pg_ctl", "-D", join(directory, "data"), "-m", "immediate", "stop");
  rmSync(directory, { recursive: true });
});

/** Names of the invariants that return rows after `fault`; nothing is kept. Keys and triggers are off, as for a bad import. */
async function broken(fault: string): Promise<string[]> {
  await client.query(`BEGIN; SET LOCAL session_replication_role = replica; ${fault}`);
  const names: string[] = [];
  for (const { name, sql } of invariants) {
    // As the verifier asks: each is a subquery whose rows are counted.
    const { rows } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM (${sql}) AS violations`);
    if (rows[0]?.n !== "0") names.push(name);
  }
  await client.query("ROLLBACK");
  return names;
}

describe("the invariants of the learning platform", () => {
  it("hold on the sandbox's own data", async () => {
    expect(await broken("SELECT 1")).toEqual([]);
  });

  const paid = "(SELECT min(order_id) FROM learning.payments)";
  const faults = [
    ["paid-order-has-its-payment", `DELETE FROM learning.payments WHERE order_id = ${paid}`],
    ["paid-order-has-its-payment", `UPDATE learning.orders SET amount = amount + 1 WHERE id = ${paid}`],
    ["payment-settles-a-paid-order", `UPDATE learning.orders SET status = 'cancelled' WHERE id = ${paid}`],
    ["payment-settles-a-paid-order", `DELETE FROM learning.orders WHERE id = ${paid}`],
    ["invoice-within-its-payment", "UPDATE learning.invoices SET amount = amount * 2"],
    ["invoice-within-its-payment", "DELETE FROM learning.payments"],
    ["invoice-after-its-payment", "UPDATE learning.invoices SET issued_at = issued_at - interval '1 year'"],
    [
      "study-follows-its-enrolment",
      "UPDATE learning.study_records SET studied_at = studied_at - interval '1 year'",
    ],
    ["study-follows-its-enrolment", "DELETE FROM learning.enrolments WHERE id = 1"],
    [
      "study-in-the-enrolled-course",
      "UPDATE learning.enrolments SET course_id = 1 + course_id % 60 WHERE id = 1",
    ],
    ["exam-taken-by-the-enrolled", "UPDATE learning.exam_results SET learner_id = learner_id + 1000"],
  ] as const;
  it.each(faults)("%s fires on: %s", async (name, fault) => {
    expect(await broken(fault)).toContain(name);
  });

  it("each has a fault that shows it firing", () => {
    expect(new Set(faults.map(([name]) => name))).toEqual(new Set(invariants.map(({ name }) => name)));
  });
});
