// The sandbox's invariants on a real PostgreSQL with the real schema: silent on good data, loud on each fault.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPlatform } from "../../../policies/service/load";
import { type Cluster, startCluster } from "../../e2e/cluster";
import { ROOT, read } from "../repository";

const MIGRATIONS = "scripts/sandbox/migrations";
const { invariants } = loadPlatform(ROOT, "sandbox", {
  sandbox: "/run/sandbox",
  socket: "/run/s",
  copies: "/run/copies",
});
let cluster: Cluster;
let client: Client;

beforeAll(async () => {
  cluster = await startCluster();
  client = new Client({ host: cluster.directory, user: "postgres", database: "postgres" });
  await client.connect();
  for (const file of readdirSync(join(ROOT, MIGRATIONS)).sort()) {
    await client.query(`BEGIN; SET LOCAL sandbox.scale = '0.005'; ${read(`${MIGRATIONS}/${file}`)}; COMMIT`);
  }
});

afterAll(async () => {
  await client.end();
  await cluster.stop();
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
