// `ops migrate` whole, on a real sandbox: refused without a rehearsal, rehearsed on a restored copy, applied, taken back, and the
// state before restored from the checkpoint that `up` names.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backUpAndRecord } from "../../scripts/backup/backup";
import type { Context } from "../../scripts/context";
import type { OpsError } from "../../scripts/core/errors";
import type { Outcome } from "../../scripts/core/outcome";
import migrateJob from "../../scripts/jobs/migrate";
import restoreJob from "../../scripts/jobs/restore";
import { createMigrationFiles } from "../../scripts/migrate/adapter";
import { readiness } from "../../scripts/migrate/readiness";
import type { RehearsalFacts } from "../../scripts/migrate/rehearsal";
import { type RealContext, realContext } from "../e2e/context";
import { policy } from "../e2e/migrations";
import { runLine } from "../scripts/cli/line";

let real: RealContext;
let context: Context;
/** What jobs deferred; the runner does it at their end. */
const deferred: (() => Promise<void>)[] = [];
let base = "";
let directory = "";
const HEAD = "-- ops:phase expand";

beforeAll(async () => {
  real = await realContext();
  base = mkdtempSync("/tmp/opsm-");
  chmodSync(base, 0o755);
  directory = path.join(base, "migrations");
  mkdirSync(directory);
  const platform = {
    ...real.context.platform,
    migrations: { ...policy(directory, "learning"), role: "learning_owner", user: "learning_migrator" },
  };
  context = {
    ...real.context,
    platform,
    migrations: createMigrationFiles(real.context.host, base),
    defer: (_, cleanUp) => deferred.push(cleanUp),
  };
  await context.sandbox!.prepare({ scale: 0.1 });
  await backUpAndRecord(context, "full");
  write(
    "0001_note",
    "ALTER TABLE learning.orders ADD COLUMN note text;",
    "ALTER TABLE learning.orders DROP COLUMN note;",
  );
});
afterAll(async () => {
  await real.close();
  rmSync(base, { recursive: true, force: true });
});

function write(name: string, up: string, down: string, head = HEAD): void {
  writeFileSync(
    path.join(directory, `${name}.sql`),
    `${head}\n-- Up Migration\n${up}\n-- Down Migration\n${down}\n`,
  );
}

async function cleanUp(): Promise<void> {
  for (const one of deferred.splice(0).reverse()) await one();
}

/** As the runner does it: evidence of what was done. */
async function ops(action: string, as = context): Promise<Outcome> {
  const outcome = await runLine(as, migrateJob, action).finally(cleanUp);
  if (outcome.record !== false) await real.record(as, "migrate", outcome);
  return outcome;
}

const refusal = (action: string, as = context): Promise<OpsError> =>
  ops(action, as).then(
    () => expect.unreachable(),
    (error: OpsError) => error,
  );

const columns = async (): Promise<string[]> => {
  const rows = await context.servers
    .source(context.platform)
    .query<{ name: string }>(
      "learning",
      "select attname::text as name from pg_attribute where attrelid = 'learning.orders'::regclass and attnum > 0 and not attisdropped",
    );
  return rows.map(({ name }) => name);
};

const failing = (outcome: Outcome): string[] =>
  outcome.checks.filter(({ verdict }) => verdict !== "pass").map(({ name, detail }) => `${name}: ${detail}`);

describe("ops migrate", () => {
  it("refuses up before anything was rehearsed, and touches nothing", async () => {
    expect(await refusal("up")).toMatchObject({ exit: "rehearsal", message: "nothing was ever rehearsed" });
    expect(await columns()).not.toContain("note");
    expect(await readiness(context)).toMatchObject({
      linted: { verdict: "fail", detail: "nothing was ever linted" },
      rehearsed: { verdict: "fail" },
    });
  });

  it("lints with what the live database knows", async () => {
    const outcome = await ops("lint");
    expect(failing(outcome)).toEqual([]);
    expect(outcome.summary).toMatch(
      /ACCESS EXCLUSIVE on learning\.orders.*\n.*\n.*learning\.orders: .* rows, .* writes\/s, referenced by learning\.payments/,
    );
    expect((await readiness(context)).linted.verdict).toBe("pass");
  });

  it("rehearses on a copy of the latest backup: locks, waits, WAL, forward and back", async () => {
    const outcome = await ops("rehearse");
    expect(failing(outcome).filter((line) => !/not-applicable|isolation/.test(line))).toEqual([]);
    const facts = outcome.facts as RehearsalFacts;
    const [newest] = (await context.backupRepository.list()).slice(-1);
    expect(facts.backup).toBe(newest?.label);
    const [one] = facts.migrations;
    expect(facts.pending).toEqual([{ name: "0001_note", sha256: one?.sha256 }]);
    expect(one?.up.locks[0]).toMatchObject({ relation: "learning.orders", mode: "ACCESS EXCLUSIVE" });
    expect(one?.up.walBytes).toBeGreaterThan(0);
    expect(one?.again?.blockedWriteSeconds).toBeGreaterThan(0);
    expect(one?.again?.longestQuerySeconds).toBeGreaterThan(0);
    expect(one?.down).not.toBeNull();
    expect(await columns()).not.toContain("note");
    expect((await readiness(context)).rehearsed.verdict).toBe("pass");
  });

  it.each<[string, () => Promise<OpsError>, string]>([
    ["a rehearsal that is too old", () => refusal("up", { ...context, clock: real.inDays(2).clock }), "2 d"],
    [
      "a file that was changed since",
      async () => {
        write(
          "0001_note",
          "ALTER TABLE learning.orders ADD COLUMN remark text;",
          "ALTER TABLE learning.orders DROP COLUMN remark;",
        );
        const error = await refusal("up");
        write(
          "0001_note",
          "ALTER TABLE learning.orders ADD COLUMN note text;",
          "ALTER TABLE learning.orders DROP COLUMN note;",
        );
        return error;
      },
      "0001_note was changed since",
    ],
    [
      "one more file",
      async () => {
        write(
          "0002_more",
          "ALTER TABLE learning.orders ADD COLUMN more text;",
          "ALTER TABLE learning.orders DROP COLUMN more;",
        );
        const error = await refusal("up");
        rmSync(path.join(directory, "0002_more.sql"));
        return error;
      },
      "0002_more was not in it",
    ],
  ])("refuses %s", async (_, attempt, reason) => {
    const error = await attempt();
    expect(error.exit).toBe("rehearsal");
    expect(error.message).toContain(reason);
    expect(await columns()).not.toContain("note");
  });

  it("refuses in business hours what held a big table for too long in the rehearsal", async () => {
    const strict = {
      businessHours: { from: "00:00", to: "23:59" },
      bigTableMegabytes: 0.01,
      longestLockMilliseconds: 0.01,
    };
    const platform = { ...context.platform, migrations: { ...context.platform.migrations!, ...strict } };
    const error = await refusal("up", { ...context, platform });
    expect(error).toMatchObject({ exit: "hours" });
    expect(error.message).toContain("0001_note held ACCESS EXCLUSIVE on learning.orders");
    expect(await columns()).not.toContain("note");
  });

  let checkpoint = "";
  it("applies what was rehearsed, and names the one command that goes back", async () => {
    const outcome = await ops("up");
    expect(failing(outcome)).toEqual([]);
    expect(await columns()).toContain("note");
    checkpoint = /ops restore --to (\S+)/.exec(outcome.summary ?? "")?.[1] ?? "";
    expect(checkpoint).not.toBe("");
    expect((await ops("up")).summary).toBe("No migration is pending.");
  });

  it("that command restores the state before, equal to the checkpoint", async () => {
    const into = path.join(base, "before");
    const outcome = await restoreJob.run(context, { to: checkpoint, into, timeout: 600 }).finally(cleanUp);
    expect(outcome.checks.filter(({ verdict }) => verdict === "fail")).toEqual([]);
    expect(outcome.checks.find(({ name }) => name === "content")?.detail).toContain(checkpoint);
    expect(outcome.checks.find(({ name }) => name === "schema")?.verdict).toBe("pass");
  });

  it("finds a file that was edited after it was applied, and one out of order", async () => {
    write(
      "0001_note",
      "ALTER TABLE learning.orders ADD COLUMN note varchar;",
      "ALTER TABLE learning.orders DROP COLUMN note;",
    );
    expect(await refusal("up")).toMatchObject({
      exit: "migration",
      message: expect.stringContaining("0001_note: edited"),
    });
    expect(await refusal("down")).toMatchObject({ exit: "migration" });
    expect((await ops("status")).summary).toContain("edited");
    write(
      "0001_note",
      "ALTER TABLE learning.orders ADD COLUMN note text;",
      "ALTER TABLE learning.orders DROP COLUMN note;",
    );
    expect((await ops("status")).summary).toContain("applied");
  });

  it("takes it back by its own way", async () => {
    const outcome = await ops("down");
    expect(failing(outcome)).toEqual([]);
    expect(await columns()).not.toContain("note");
    expect((await ops("down")).summary).toBe("No migration is applied.");
  });

  it("fails a rehearsal whose migration the running release cannot live with", async () => {
    write(
      "0001_note",
      '-- ops:allow drop-column "to see the rehearsal find it"\nALTER TABLE learning.orders DROP COLUMN status CASCADE;',
      "ALTER TABLE learning.orders ADD COLUMN status text;",
    );
    const outcome = await ops("rehearse");
    expect(failing(outcome).join("\n")).toMatch(
      /workload-unharmed: on 0001_note the schema refused the running release/,
    );
    expect(failing(outcome).join("\n")).toMatch(/down-restores-schema: after reverting/);
    const again = await refusal("up");
    expect(again).toMatchObject({ exit: "rehearsal", message: expect.stringContaining("did not pass") });
  });
});
