// The sandbox as it is: a real cluster at a small scale, built, loaded, damaged, killed and removed.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPlatform } from "../../policies/service/load";
import type { Context } from "../../scripts/context";
import { silent } from "../../scripts/core/progress";
import sandboxJob from "../../scripts/jobs/sandbox";
import { createHost } from "../../scripts/machine";
import { createClock } from "../../scripts/machine/clock";
import { ACTIONS } from "../../scripts/sandbox/actions";
import { backrest } from "../../scripts/sandbox/adapter/archive";
import { connected } from "../../scripts/sandbox/adapter/connect";
import { migrate } from "../../scripts/sandbox/adapter/migrations";
import { processes, send } from "../../scripts/sandbox/adapter/processes";
import { createSandbox } from "../../scripts/sandbox/adapter/sandbox";
import { DATABASE, layoutOf, SUPERUSER } from "../../scripts/sandbox/layout";
import { eventually } from "../faults/ops";
import { given } from "../given";
import { ROOT } from "../policies/repository";
import { runLine } from "../scripts/cli/line";

const host = createHost();
const clock = createClock();
const SCALE = 0.02;
const user = "postgres";
const root = mkdtempSync(path.join(tmpdir(), "sbx-"));
chmodSync(root, 0o755);
const place = (name: string) => ({
  directory: path.join(root, name, "sandbox"),
  socket: path.join(root, name, "s"),
});
const common = { host, clock, user, environment: "sandbox", rate: 50 };

const main = place("main");
const layout = layoutOf(main.directory, main.socket);
const sandbox = createSandbox({ ...common, ...main });

async function ask<T extends object>(sql: string, database = DATABASE): Promise<T[]> {
  return connected(layout, database, async (client) => (await client.query<T>(sql)).rows);
}

/** One line a table, the same for the same rows in any order. */
async function content(database = DATABASE): Promise<string[]> {
  const tables = await ask<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class
     WHERE relnamespace = 'learning'::regnamespace AND relkind = 'r' ORDER BY 1`,
    database,
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    const [row] = await ask<{ print: string }>(
      `SELECT concat(count(*), ' ', sum(hashtextextended(t::text, 0))) AS print FROM ${name} t`,
      database,
    );
    lines.push(`${name} ${row?.print}`);
  }
  return lines;
}

async function schema(): Promise<string> {
  const args = ["--schema-only", "-h", layout.socket, "-U", SUPERUSER, DATABASE];
  return (await host.run(await host.program("pg_dump"), args)).stdout.replace(/^\\(un)?restrict .*$/gm, "");
}

async function beats(): Promise<number> {
  return Number((await ask<{ n: string }>("SELECT count(*) AS n FROM ops.heartbeat"))[0]?.n);
}

async function keepsInvariants(): Promise<void> {
  const { invariants } = loadPlatform(ROOT, "sandbox", { sandbox: "/x", socket: "/s", copies: "/c" });
  expect(invariants.length).toBeGreaterThan(3);
  for (const { name, sql } of invariants) expect({ name, rows: await ask(sql) }).toEqual({ name, rows: [] });
}

const serverPid = (): number =>
  Number.parseInt(readFileSync(path.join(layout.data, "postmaster.pid"), "utf8"), 10);
const ours = () => processes().filter((one) => one.command.includes(root) && one.pid !== process.pid);
const exit = (name: string) => expect.objectContaining({ name: "OpsError", exit: name });

let interrupted: ChildProcess | undefined;

beforeAll(async () => {
  await sandbox.up({ scale: SCALE });
}, 60_000);

afterAll(async () => {
  interrupted?.kill("SIGKILL");
  for (const one of ours()) send(one.pid, "SIGKILL");
  await eventually("all processes of the test are gone", () => ours().length === 0);
  rmSync(root, { recursive: true, force: true });
}, 60_000);

describe("a new sandbox", () => {
  it("is safe where it must be and archives where it must", async () => {
    const names = [
      "data_checksums",
      "listen_addresses",
      "fsync",
      "full_page_writes",
      "archive_mode",
      "wal_level",
    ];
    const rows = await ask<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings WHERE name IN ('${[...names, "track_commit_timestamp"].join("', '")}')`,
    );
    expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual({
      data_checksums: "on",
      listen_addresses: "",
      fsync: "on",
      full_page_writes: "on",
      archive_mode: "on",
      wal_level: "replica",
      track_commit_timestamp: "on",
    });
    expect(statSync(layout.socket).mode & 0o777).toBe(0o700);
    await backrest(host, layout, user, "check");
  });

  it("keeps the passphrase in one 0600 file", () => {
    const { config } = layout.backrest;
    const passphrase = /^repo1-cipher-pass=(\S{64})$/m.exec(readFileSync(config, "utf8"))?.[1];
    expect(statSync(config).mode & 0o777).toBe(0o600);
    expect(passphrase).toBeDefined();
    expect(readFileSync(path.join(layout.data, "postgresql.conf"), "utf8")).not.toContain(passphrase);
    expect(processes().filter((one) => one.command.includes(passphrase!))).toEqual([]);
  });

  it("is found, not made again, by a second `up`", async () => {
    expect(await sandbox.up({})).toEqual({ created: false, scale: SCALE });
    expect(await sandbox.up({ scale: SCALE })).toEqual({ created: false, scale: SCALE });
  });

  it("refuses another scale", async () => {
    await expect(sandbox.up({ scale: 1 })).rejects.toEqual(exit("directory"));
  });

  it("holds the same rows whenever it is filled at the same scale", async () => {
    await ask("CREATE DATABASE again", SUPERUSER);
    await connected(layout, "again", (client) => migrate(client, SCALE, () => {}));
    const again = await content("again");
    expect(again.length).toBeGreaterThan(20);
    expect(again).toEqual(await content());
    await ask("DROP DATABASE again", SUPERUSER);
  });

  it("lets reports see no personal data and the application drop nothing", async () => {
    const denied = (role: string, sql: string) =>
      connected(layout, DATABASE, async (client) => {
        await client.query(`SET ROLE ${role}`);
        await client.query(sql);
      });
    await expect(denied("learning_report", "SELECT phone FROM learning.learners")).rejects.toThrow(
      /permission denied/,
    );
    await expect(denied("learning_app", "DELETE FROM learning.invoices")).rejects.toThrow(
      /permission denied/,
    );
    await expect(denied("learning_app", "DROP TABLE learning.invoices")).rejects.toThrow(/must be owner/);
  });
});

describe("the workload", () => {
  it("commits a heartbeat a second and everything else, without an error", async () => {
    await sandbox.startWorkload();
    await sandbox.startWorkload();
    expect(ours().filter((one) => one.command.includes("workload.ts"))).toHaveLength(1);
    const before = await beats();
    await sleep(3200);
    expect((await beats()) - before).toBeGreaterThanOrEqual(3);
    expect(
      (await ask<{ n: string }>("SELECT count(*) AS n FROM learning.study_records_later"))[0]?.n,
    ).not.toBe("0");
    expect(readFileSync(layout.workload.log, "utf8")).toBe("");
  });

  it("keeps every invariant of the platform file", keepsInvariants);

  it("keeps them when the machine's clock is set back", async () => {
    await sandbox.stopWorkload();
    const hourAhead = "now() + interval '1 hour'";
    const [order] = await ask<{ id: string }>(
      `INSERT INTO learning.orders (learner_id, course_id, amount, status, created_at)
       SELECT l.id, c.id, c.price, 'pending', ${hourAhead} FROM learning.learners l, learning.courses c LIMIT 1 RETURNING id`,
    );
    await ask(
      `INSERT INTO learning.enrolments (learner_id, course_id, enrolled_at)
       SELECT l.id, c.id, ${hourAhead} FROM learning.learners l, learning.courses c
       WHERE NOT EXISTS (SELECT FROM learning.enrolments e WHERE e.learner_id = l.id AND e.course_id = c.id) LIMIT 1`,
    );
    await connected(layout, DATABASE, async (client) => {
      for (const { sql } of ACTIONS)
        for (const uniform of [0, 0.3, 0.6, 0.999_999])
          await client.query(sql, sql.includes("$1") ? [uniform] : []);
    });
    const payments = await ask(`SELECT FROM learning.payments WHERE order_id = ${order!.id}`);
    expect(payments).toHaveLength(1);
    const studied = await ask(
      "SELECT FROM learning.study_records WHERE studied_at > now() + interval '59 minutes'",
    );
    expect(studied).not.toHaveLength(0);
    await keepsInvariants();
    await sandbox.startWorkload();
  });

  it("outlives the server's death, and `up` brings the server back", async () => {
    send(serverPid(), "SIGKILL");
    await eventually("the server is gone", async () => !(await sandbox.status()).running);
    expect(await sandbox.up({})).toEqual({ created: false, scale: SCALE });
    const before = await beats();
    await eventually("the same workload goes on", async () => (await beats()) > before);
    expect(await sandbox.status()).toMatchObject({ running: true, workload: true, scale: SCALE });
  });

  it("ends by itself when its record is gone", async () => {
    rmSync(layout.workload.identity);
    await eventually("the workload ended", () => ours().every((one) => !one.command.includes("workload.ts")));
  });
});

describe("an injected misoperation", () => {
  it.each([
    {
      kind: "update-without-where",
      damage: "SELECT count(DISTINCT phone) = 1 AS done FROM learning.learners",
    },
    { kind: "delete", damage: "SELECT count(*) = 0 AS done FROM learning.invoices" },
    { kind: "drop-table", damage: "SELECT to_regclass('learning.bot_sessions') IS NULL AS done" },
  ] as const)("$kind happens after `before` and is undone without a trace", async ({ kind, damage }) => {
    await sandbox.stopWorkload();
    const whole = [await schema(), ...(await content())];
    const { before } = await sandbox.inject(kind);
    const [commit] = await ask<{ at: Date }>("SELECT timestamp AS at FROM pg_last_committed_xact()");
    const [found] = await ask<{ done: boolean }>(damage);
    expect(found).toEqual({ done: true });
    expect(commit!.at.getTime() - before.getTime()).toBeGreaterThan(1000);
    expect(await sandbox.repair()).toEqual({ repaired: [kind] });
    expect([await schema(), ...(await content())]).toEqual(whole);
    expect(await sandbox.repair()).toEqual({ repaired: [] });
  });

  it("leaves the heartbeat going, is seen in the log, and is repaired by the next `up`", async () => {
    await sandbox.startWorkload();
    await sandbox.inject("drop-table");
    const before = await beats();
    await eventually("the workload complains", () => /bot/.test(readFileSync(layout.workload.log, "utf8")));
    await eventually("the heart beats", async () => (await beats()) > before);
    await sandbox.up({});
    expect(await ask("SELECT to_regclass('learning.bot_sessions') IS NULL AS done")).toEqual([
      { done: false },
    ]);
  });
});

describe("the loss of the source", () => {
  it("kills everything at once, hides the WAL, and tells the last heartbeat that was committed", async () => {
    await sandbox.startWorkload();
    await sleep(1500);
    const { lastHeartbeat } = await sandbox.lose();
    expect(ours()).toEqual([]);
    expect(existsSync(path.join(layout.data, "pg_wal"))).toBe(false);
    expect(statSync(layout.lostWal).mode & 0o777).toBe(0);
    expect(await sandbox.status()).toMatchObject({ running: false, workload: false });

    await sandbox.up({}); // what `recover` does, but without a workload that goes on
    const [row] = await ask<{ at: Date }>("SELECT max(at) AS at FROM ops.heartbeat");
    // At most one more was committed whose acknowledgement the kill cut off.
    expect(row!.at.getTime() - lastHeartbeat.getTime()).toBeGreaterThanOrEqual(0);
    expect(row!.at.getTime() - lastHeartbeat.getTime()).toBeLessThan(1500);
  });

  it("is over after `recover`: commits and archiving go on", async () => {
    await sandbox.startWorkload();
    await sandbox.lose();
    await sandbox.recover();
    await sandbox.recover();
    expect(await sandbox.status()).toMatchObject({ running: true, workload: true });
    await backrest(host, layout, user, "check");
  });
});

describe("the two proofs", () => {
  it("refuse to damage or lose a platform that is not declared a sandbox", async () => {
    const declaredProduction = createSandbox({ ...common, ...main, environment: "prod" });
    await expect(declaredProduction.inject("delete")).rejects.toEqual(exit("proofs"));
    await expect(declaredProduction.lose()).rejects.toEqual(exit("proofs"));
  });

  it("refuse a cluster that the marker does not name", async () => {
    const good = readFileSync(layout.marker, "utf8");
    writeFileSync(layout.marker, good.replace(/("systemIdentifier": ")\d/, "$19"));
    const before = await content();
    await sandbox.stopWorkload();
    for (const act of [() => sandbox.inject("delete"), sandbox.lose, sandbox.down, () => sandbox.up({})]) {
      await expect(act()).rejects.toEqual(exit("proofs"));
    }
    writeFileSync(layout.marker, good);
    expect((await content()).length).toBe(before.length);
    expect(await sandbox.status()).toMatchObject({ running: true });
  });

  it.each([
    {
      what: "a marker written for another directory",
      marker: '{"state":"ready","scale":1,"directory":"/elsewhere"}',
    },
    { what: "a marker that is not JSON", marker: "ready" },
    { what: "an incomplete marker", marker: "{}" },
    { what: "somebody's files", marker: undefined },
  ])("leave a directory with $what alone", async ({ what, marker }) => {
    const foreign = place(what.replaceAll(" ", "-"));
    mkdirSync(foreign.directory, { recursive: true });
    writeFileSync(path.join(foreign.directory, "thesis.txt"), "years of work");
    if (marker) writeFileSync(path.join(foreign.directory, "sandbox.json"), marker);
    const other = createSandbox({ ...common, ...foreign });
    await expect(other.down()).rejects.toEqual(exit("directory"));
    await expect(other.up({ scale: SCALE })).rejects.toEqual(exit("directory"));
    expect(readFileSync(path.join(foreign.directory, "thesis.txt"), "utf8")).toBe("years of work");
  });
});

describe("an `up` that was killed half-way", () => {
  it("is recognised and built again", async () => {
    const half = place("half");
    const program = [path.join(__dirname, "sandbox-up.ts"), half.directory, half.socket, user];
    interrupted = spawn(process.execPath, ["--require", path.join(ROOT, "test/sources.cjs"), ...program], {
      cwd: ROOT,
      stdio: "ignore",
    });
    const died = once(interrupted, "exit");
    await eventually("its server fills", () => existsSync(path.join(half.socket, ".s.PGSQL.5432")));
    interrupted.kill("SIGKILL");
    await died;

    const other = createSandbox({ ...common, ...half });
    expect((await other.status()).detail).toContain("half-made");
    const notes: string[] = [];
    expect(await other.up({ scale: SCALE, onNote: (text) => notes.push(text) })).toEqual({
      created: true,
      scale: SCALE,
    });
    expect(notes[0]).toContain("half-made");
    await other.down();
    expect(existsSync(half.directory)).toBe(false);
  }, 60_000);
});

describe("ops sandbox", () => {
  const context = given<Context>({
    sandbox,
    platform: given<Context["platform"]>({ name: "sandbox" }),
    progress: silent(),
  });
  const run = async (action: string) => (await runLine(context, sandboxJob, action)).checks;

  it("goes up, shows it, and down to nothing", async () => {
    expect(await run("up")).toMatchObject([{ name: "sandbox-up", verdict: "pass" }]);
    expect(await run("status")).toMatchObject([
      { verdict: "pass", detail: expect.stringContaining("workload commits") },
    ]);
    expect(await run("down")).toMatchObject([{ name: "sandbox-down", verdict: "pass" }]);
    expect(existsSync(layout.directory)).toBe(false);
    expect(existsSync(layout.socket)).toBe(false);
    expect(ours()).toEqual([]);
    expect(await run("down")).toMatchObject([{ verdict: "pass" }]);
    expect(await run("status")).toMatchObject([
      { verdict: "fail", detail: expect.stringContaining("there is no sandbox") },
    ]);
  });
});
