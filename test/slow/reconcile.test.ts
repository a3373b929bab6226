// `ops data reconcile`: a restored copy is held against statements of what went on after its restore point; exactly that is listed, and
// stays open until it is replayed or waived.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backUpAndRecord } from "../../scripts/backup/backup";
import type { Context } from "../../scripts/context";
import type { Outcome } from "../../scripts/core/outcome";
import { idOf } from "../../scripts/data/reconcile/statement";
import dataJob from "../../scripts/jobs/data";
import restoreJob from "../../scripts/jobs/restore";
import { type RealContext, realContext } from "../e2e/context";
import { invoiceStatement, paymentStatement, smsStatement } from "../statements/generate";

let real: RealContext;
let base = "";
let statements = "";
let point = "";
/** The restored database, as it runs in the source's place. */
let restored: Context;
let stop = async (): Promise<void> => {};
let later: { payments: string[]; invoices: string[]; messages: string[] };

async function numbers(context: Context, sql: string): Promise<{ number: string; at: string }[]> {
  return context.servers.source(context.platform).query("learning", sql);
}
const PAYMENTS =
  "select transaction_number as number, paid_at as at from learning.payments where paid_at > '2026-01-01'";
const INVOICES =
  "select number::text as number, issued_at as at from learning.invoices where issued_at > '2026-01-01'";
const MESSAGES =
  "select id::text as number, sent_at as at from learning.sms_messages where sent_at > '2026-01-01'";

async function start(data: string): Promise<void> {
  const { context } = real;
  const pg_ctl = await context.host.program("pg_ctl");
  const socket = mkdtempSync(path.join(base, "s-"));
  chmodSync(socket, 0o777);
  const hba = path.join(base, "hba");
  writeFileSync(hba, "local all all trust\n");
  const options = `-k ${socket} -c listen_addresses= -c hba_file=${hba} -c shared_preload_libraries=`;
  const user = context.platform.backups.osUser;
  const ctl = (...args: string[]) => context.host.run(pg_ctl, ["-D", data, ...args], { user });
  expect((await ctl("-w", "-l", path.join(socket, "log"), "-o", options, "start")).exitCode).toBe(0);
  stop = async () => void (await ctl("-m", "fast", "-w", "stop"));
  const { database } = context.platform;
  restored = { ...context, platform: { ...context.platform, database: { ...database, host: socket } } };
}

beforeAll(async () => {
  real = await realContext();
  base = mkdtempSync("/tmp/opsq-");
  chmodSync(base, 0o755);
  statements = path.join(base, "statements");
  mkdirSync(statements);
  const { context } = real;
  await context.sandbox!.prepare({ scale: 0.02 });
  const taken = await backUpAndRecord(context, "full");
  point = taken.checkpoint!.name;
  // The work goes on: what it books now the restored database will not know.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const into = path.join(base, "copy");
  const outcome = await restoreJob.run(context, { to: point, into, timeout: 600 });
  expect(outcome.checks.filter(({ verdict }) => verdict === "fail")).toEqual([]);
  await start(path.join(into, "data"));
  const all = {
    payments: await numbers(context, PAYMENTS),
    invoices: await numbers(context, INVOICES),
    messages: await numbers(context, MESSAGES),
  };
  const booked = (rows: { number: string; at: string }[]) =>
    rows.map(({ number, at }) => ({ number, at: new Date(at) }));
  const now = new Date();
  paymentStatement(
    statements,
    [...booked(all.payments), { number: "T-FAILED", at: now, status: "CLOSED" }],
    now,
  );
  invoiceStatement(statements, booked(all.invoices), now);
  smsStatement(statements, booked(all.messages), now);
  const there = async (sql: string): Promise<Set<string>> =>
    new Set((await numbers(restored, sql)).map(({ number }) => number));
  const missing = async (rows: { number: string }[], sql: string): Promise<string[]> => {
    const known = await there(sql);
    return rows.map(({ number }) => number).filter((number) => !known.has(number));
  };
  later = {
    payments: await missing(all.payments, PAYMENTS),
    invoices: await missing(all.invoices, INVOICES),
    messages: await missing(all.messages, MESSAGES),
  };
}, 180_000);
afterAll(async () => {
  await stop();
  await real.close();
  rmSync(base, { recursive: true, force: true });
});

const run = async (args: Record<string, unknown>, context = restored): Promise<Outcome> =>
  dataJob.subcommands.reconcile.run(context, { since: point, resolve: {}, ...args });

async function recorded(args: Record<string, unknown>): Promise<Outcome> {
  const outcome = await run(args);
  await real.record(restored, "data", outcome);
  return outcome;
}

const verdicts = (outcome: Outcome) =>
  Object.fromEntries(outcome.checks.map(({ name, verdict }) => [name, verdict]));
const idsOf = (outcome: Outcome): string[] =>
  (outcome.facts.missing as { items: { id: string }[] }).items.map(({ id }) => id).sort();

describe("`ops data reconcile`", () => {
  const ids = (): string[] =>
    [
      ...later.payments.map((number) => idOf("payment", number)),
      ...later.invoices.map((number) => idOf("e-invoice", number)),
      ...later.messages.map((number) => idOf("sms", number)),
    ].sort();

  it("lists exactly what was booked after the restore point, and keeps no number in evidence", async () => {
    expect(later.payments.length).toBeGreaterThan(3);
    const outcome = await recorded({ statements });
    expect(idsOf(outcome)).toEqual(ids());
    expect(verdicts(outcome)["statement-payment"]).toBe("fail");
    for (const number of later.payments) {
      expect(outcome.summary).toContain(number);
      expect(JSON.stringify([outcome.facts, outcome.checks])).not.toContain(number);
    }
    expect(outcome.summary).toMatch(/payment-\d{8}\.csv:\d+/);
  }, 120_000);

  it("the source, which was never restored, has everything", async () => {
    const outcome = await run({ statements }, real.context);
    expect(verdicts(outcome)).toEqual({
      "statement-e-invoice": "pass",
      "statement-payment": "pass",
      "statement-sms": "pass",
    });
    expect(outcome.summary).toBe("Nothing is open.");
  }, 120_000);

  it.each([
    [{ resolve: { "0000000000000000": "waived" }, reason: "why" }, "unknownTarget", /was ever open/],
    [{ resolve: { a: "forgotten" }, reason: "why" }, "usage", /--resolve a=forgotten/],
    [{ resolve: { a: "waived" }, reason: "call 13812345678" }, "usage", /looks personal/],
    [{}, "usage", /neither/],
  ])("refuses %o", async (args, exit, says) => {
    await expect(run(args)).rejects.toMatchObject({ exit, message: expect.stringMatching(says) });
  });

  it("an item stays open until it is there, or waived", async () => {
    const [replayed, lied, ...others] = later.payments as [string, string, ...string[]];
    const [row] = await real.context.servers
      .source(real.context.platform)
      .query<Record<string, string>>(
        "learning",
        "select * from learning.payments where transaction_number = $1",
        [replayed],
      );
    await restored.servers.source(restored.platform, "change").query(
      "learning",
      `set session_replication_role = replica; insert into learning.payments overriding system value
         values (${row!.id}, ${row!.order_id}, ${row!.amount}, '${row!.channel}', '${replayed}', '${row!.paid_at}')`,
    );
    await recorded({
      resolve: { [idOf("payment", replayed)]: "replayed", [idOf("payment", lied)]: "replayed" },
      reason: "by hand",
    });
    const waived = ids().filter((id) => ![replayed, lied].some((number) => idOf("payment", number) === id));
    expect(waived.length).toBeGreaterThan(others.length - 1);
    await recorded({ resolve: Object.fromEntries(waived.map((id) => [id, "waived"])), reason: "a test" });
    const outcome = await run({ statements });
    expect(idsOf(outcome)).toEqual([idOf("payment", lied)]);
    expect(outcome.checks.find(({ verdict }) => verdict === "fail")?.detail).toContain(
      "1 said to be replayed are not there",
    );
  }, 120_000);

  it("a statement that is not there proves nothing, and what was open stays open", async () => {
    const empty = path.join(base, "empty");
    mkdirSync(empty);
    const outcome = await run({ statements: empty });
    expect(new Set(Object.values(verdicts(outcome)))).toEqual(new Set(["inconclusive"]));
  }, 120_000);
});
