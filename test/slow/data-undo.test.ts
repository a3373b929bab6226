// The misoperation that everybody fears, in the sandbox under its users' work and by the command line: named, shown, undone, and the undoing
// undone. Whatever else was committed meanwhile stays.
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHost } from "../../scripts/machine";
import { pathsOf } from "../../scripts/machine/paths";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import type { Database } from "../../scripts/postgres/port";
import { type Checkout, makeCheckout } from "../e2e/checkout";
import { instantOf } from "../e2e/statements";
import { holding } from "./holding";

let checkout: Checkout;
let source: Database;
let from = "";

const query = <T extends Record<string, unknown>>(sql: string): Promise<T[]> =>
  source.query<T>("learning", sql);

/** Only what was there before anything happened: the users go on adding. */
const old = async (columns: string): Promise<string> => {
  const rows = await query<{ digest: string }>(
    `select md5(string_agg(t::text, e'\\n' order by t.id)) as digest from (select ${columns} from learning.orders where id <= 2000) t`,
  );
  return rows[0]!.digest;
};

beforeAll(async () => {
  checkout = makeCheckout();
  expect((await checkout.ops("sandbox", "up", "--scale", "0.05")).code).toBe(0);
  const paths = pathsOf(checkout.root, {
    OPS_STATE: path.join(checkout.home, "../state"),
    OPS_HOME: checkout.home,
  });
  source = createDatabase(createHost(), {
    host: path.join(paths.sockets, "source"),
    port: 5432,
    user: "postgres",
    maintenance: "postgres",
  });
  expect((await checkout.ops("backup")).code).toBe(0);
  from = new Date().toISOString();
}, 180_000);
afterAll(() => checkout?.remove(), 60_000);

/** Between the instant and the mistake nobody else changes an order. */
async function mistake(): Promise<{ rows: number; xid: string; at: string }> {
  const session = await source.session("learning");
  await session.query("begin");
  await session.query("lock table learning.orders in share row exclusive mode");
  const at = await instantOf(session);
  const rows = await session.query<{ xid: string }>(
    "update learning.orders set status = 'refunded' where status <> 'refunded' returning pg_current_xact_id()::text as xid",
  );
  await session.query("commit");
  await session.close();
  return { rows: rows.length, xid: rows[0]!.xid, at };
}

it("is named, shown, undone and brought back", { timeout: 600_000 }, async () => {
  const before = await old("id, learner_id, amount, status");
  // Nobody has paid for it: cancelling it later breaks no condition.
  const [pending] = await query<{ id: string }>(
    "select min(id)::text as id from learning.orders where status = 'pending'",
  );
  const [marked] = await query<{ xid: string }>(
    "update learning.learners set name = 'Zhang Recognisable' where id = 7 returning pg_current_xact_id()::text as xid",
  );
  const { rows, xid, at } = await mistake();
  const refunded = await old("id, learner_id, amount, status");
  // Legitimate work afterwards: another column, the same column, another row.
  await query("update learning.orders set created_at = created_at - interval '1 second' where id = 1");
  await query(`update learning.orders set status = 'cancelled' where id = ${pending!.id}`);

  const table = ["--table", "learning.learning.orders"];
  const blamed = await checkout.json("data", "blame", ...table, "--from", from);
  expect(blamed.result).toMatchObject({ verdict: "pass" });
  const { suspects } = blamed.result.json as { suspects: { xid: number; rows: number }[] };
  expect(suspects[0]).toMatchObject({ xid: Number(xid), rows });

  const shown = await checkout.ops("data", "show", xid, marked!.xid);
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).toMatch(/learning\.learners +│ 0 +│ 1 /);
  expect(shown.stdout).toContain(`learning.orders   │ 0        │ ${rows}`);

  const stopped = await checkout.json("data", "undo", xid);
  expect(stopped.code).not.toBe(0);
  const planned = await checkout.json("data", "undo", xid, "--policy", "keep-newer");
  expect(planned.result).toMatchObject({ verdict: "pass" });
  const { id } = (planned.result.json as { plan: { id: string } }).plan;

  const applied = await checkout.ops("data", "apply", id);
  expect(applied.code, applied.stdout + applied.stderr).toBe(0);
  const [kept] = await query<{ status: string }>(
    `select status::text from learning.orders where id = ${pending!.id}`,
  );
  expect(kept).toEqual({ status: "cancelled" });
  // All but the one that somebody decided about since are what they were.
  const now = await query<{ n: number }>(
    "select count(*)::int as n from learning.orders where status = 'refunded' and id <= 2000",
  );
  expect(now[0]!.n).toBe(0);
  expect(before).not.toBe(refunded);

  const twice = await checkout.ops("data", "apply", id);
  expect(twice.code).not.toBe(0);
  expect(twice.stderr).toContain("was applied already");

  const back = await checkout.ops("data", "unrepair", id, "--apply");
  expect(back.code, back.stderr).toBe(0);
  const again = await query<{ n: number }>(
    "select count(*)::int as n from learning.orders where status <> 'refunded' and id <= 2000",
  );
  expect(again[0]!.n).toBe(1); // the cancelled one

  // The same without a transaction's number: what differs from the moment before, and the status alone of what is refunded now.
  const differs = await checkout.ops("data", "diff", "--at", at, ...table, "--rows", "3");
  expect(differs.code, differs.stderr).toBe(0);
  expect(differs.stdout).toMatch(/learning\.learning\.orders +│ /);
  expect(differs.stdout).toContain(`status (`);
  const chosen = [...table, "--where", "status=refunded", "--kind", "updated", "--column", "status"];
  const repair = await checkout.json("data", "repair", "--at", at, ...chosen);
  expect(repair.result).toMatchObject({ verdict: "pass" });
  const second = (repair.result.json as { plan: { id: string; tables: { update: number }[] } }).plan;
  expect(second.tables[0]!.update).toBeGreaterThan(1000);
  const repaired = await checkout.ops("data", "apply", second.id);
  expect(repaired.code, repaired.stdout + repaired.stderr).toBe(0);
  const [left] = await query<{ n: number }>(
    "select count(*)::int as n from learning.orders where status = 'refunded' and id <= 2000",
  );
  expect(left!.n).toBe(0);

  // Nothing that anybody reads later holds a value of a person.
  expect(holding(checkout.home, "Recognisable")).toEqual([]);
  expect(`${shown.stdout}${planned.events.map((event) => JSON.stringify(event)).join()}`).not.toContain(
    "Recognisable",
  );

  const status = await checkout.ops("status");
  expect(status.stdout).toMatch(/DATA-MISTAKE +│ ✓ in force/);
});
