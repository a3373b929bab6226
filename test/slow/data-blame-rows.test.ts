// `ops data blame` beyond WAL: which rows, by a copy; who, by the log of a real server that logs every statement.
import { readdirSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveNow } from "../../scripts/backup/archiving";
import type { Context } from "../../scripts/context";
import type { OpsError } from "../../scripts/core/errors";
import type { Outcome } from "../../scripts/core/outcome";
import job from "../../scripts/jobs/data";
import { withDrillLock } from "../../scripts/restore/lock";
import { openThrowaway, type Throwaway } from "../e2e/throwaway";
import { runLine } from "../scripts/cli/line";

let source: Throwaway;
let context: Context;
const deferred: (() => Promise<void>)[] = [];
let base: string[];
let logs: string;
/** Transactions by what they are called here. */
const xids = new Map<string, number>();

const SCHEMA = `create schema h; create table h.t (id int primary key, status text, note text, big int generated always as (id * 10) stored);
  create table h.p (id int, k int, primary key (id, k)) partition by range (k); create table h.p1 partition of h.p for values from (0) to (10);
  create table h.p2 partition of h.p for values from (10) to (20); create table h.u (id int primary key, b int);
  insert into h.t select g, 'paid', 'n' || g from generate_series(1, 100) g; insert into h.p select g, 1 from generate_series(1, 20) g;
  insert into h.u select g, g from generate_series(1, 100) g`;

/** Somebody with a name, who sends statements as drivers do: without parameters as simple queries. */
async function as(application: string, ...statements: (string | [string, unknown[]])[]): Promise<void> {
  const { host, port } = address();
  const client = new Client({
    host,
    port,
    user: "postgres",
    database: source.cluster.database,
    application_name: application,
  });
  await client.connect();
  try {
    for (const each of statements)
      if (typeof each === "string") await client.query(each);
      else await client.query(...each);
  } finally {
    await client.end();
  }
}

function address(): { host: string; port: number } {
  const { database } = source.context.platform;
  if (!("host" in database)) throw new Error("no address");
  return { host: database.host, port: database.port };
}

async function together(name: string, application: string, ...statements: string[]): Promise<void> {
  const noted = "insert into h.noted select pg_current_xact_id()::text";
  await as(application, "begin", ...statements, noted, "commit");
  const [row] = await source.cluster.source.query<{ x: string }>(
    source.cluster.database,
    "delete from h.noted returning x",
  );
  xids.set(name, Number(row!.x));
}

beforeAll(async () => {
  source = await openThrowaway();
  await source.sql(
    SCHEMA,
    "create table h.noted (x text)",
    "alter system set logging_collector = on",
    "alter system set log_destination = 'csvlog,jsonlog'",
    "alter system set log_filename = 'told.log'",
    "alter system set log_min_duration_statement = 0",
  );
  await source.control("restart", "-m", "fast");
  await source.backup();
  context = {
    ...(source.context as unknown as Context),
    defer: (_: string, cleanUp: () => Promise<void>) => void deferred.push(cleanUp),
  };
  // The window begins later than some commit that is archived.
  await source.sql("checkpoint", "insert into h.u values (1000, 1)");
  await archiveNow(source.context);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  base = ["--from", new Date().toISOString(), "--table", `${source.cluster.database}.h.t`];
  await together("refund", "app-refund", "update h.t set status = 'refunded' where id <= 5");
  await together("notes", "app-notes", "update h.t set note = 'x' where id between 6 and 20");
  await together(
    "twin",
    "app-twin",
    "delete from h.t where id = 30",
    "insert into h.t values (30, 'refunded', null)",
  );
  await together(
    "wipe",
    "app-wipe",
    "update h.t set note = null where id between 3 and 4",
    "savepoint s",
    "update h.u set b = 0 where id = 1",
    "release s",
  );
  await together(
    "alters",
    "app-alters",
    "alter table h.t add extra int",
    "update h.t set note = 'y' where id between 40 and 49",
  );
  await as("app-bound", ["update h.t set note = $1 where id = $2", ["bound", 50]]);
  await as("app-auto", "update h.t set note = 'auto' where id = 51");
  await Promise.all([
    as("app-long", "update h.u set b = 1 where id = 60 and pg_sleep(1.5) is not null"),
    new Promise((resolve) => setTimeout(resolve, 500)).then(() =>
      as("app-short", "update h.t set note = 'short' where id = 52"),
    ),
  ]);
  await together("moves", "app-moves", "update h.p set k = 11 where id <= 3");
  await together("empties", "app-empties", "truncate h.t");
  logs = path.join(source.cluster.dataDirectory, "log");
}, 180_000);
afterAll(() => source?.close());

const run = (...words: string[]): Promise<Outcome> =>
  runLine(context, job, "blame", ...words).finally(async () => {
    for (const one of deferred.splice(0).reverse()) await one();
  });
const blame = (...words: string[]): Promise<Outcome> => run(...base, ...words);

interface Told {
  suspects: {
    xid: number;
    matched?: number;
    rows: number;
    correlation?: {
      by: string;
      sessions: number;
      who?: { user: string; application: string; address: string };
    };
  }[];
  lookedInto?: number;
  left?: Record<string, number>;
}
const told = ({ json }: Outcome): Told => json as Told;
const matched = (outcome: Outcome): Record<string, number | undefined> => {
  const names = new Map([...xids].map(([name, xid]) => [xid, name]));
  return Object.fromEntries(
    told(outcome).suspects.map((each) => [names.get(each.xid) ?? String(each.xid), each.matched]),
  );
};
const check = ({ checks }: Outcome, name: string) => checks.find((each) => each.name === name);

describe.sequential("--where", () => {
  it("keeps who touched rows with that value before or after, and says whose rows could not be told", async () => {
    const outcome = await blame("--where", "status=refunded");
    expect(matched(outcome)).toEqual({ empties: 6, refund: 5, wipe: 2, twin: 1 });
    expect(told(outcome)).toMatchObject({
      lookedInto: 8,
      left: { [`transaction ${xids.get("alters")} changed the columns of h.t as well as its rows`]: 1 },
    });
    expect(check(outcome, "all-looked-into")?.verdict).toBe("inconclusive");
    expect(outcome.summary).toMatch(/That match/);
    expect(outcome.facts).toMatchObject({ where: ["status"], lookedInto: 8 });
    expect(readdirSync(context.rowFiles.directory)).toEqual([]);
  }, 120_000);

  it("wants all conditions met by one and the same image, and looks into the first only", async () => {
    const outcome = await blame("--where", "note is null", "--where", "status=refunded", "--top", "5");
    // Ranked: empties, then by rows notes, alters, refund, twin. Refunded rows had notes, and those without a note were not refunded.
    expect(matched(outcome)).toEqual({ empties: 3, twin: 1 });
    expect(check(outcome, "all-looked-into")).toMatchObject({
      verdict: "inconclusive",
      detail: expect.stringContaining("(beyond --top 5)"),
    });
  }, 120_000);

  it("holds the lock of copies, and only where it makes one", async () => {
    const held: (() => Promise<void>)[] = [];
    const other = { ...context, defer: (_: string, cleanUp: () => Promise<void>) => void held.push(cleanUp) };
    await withDrillLock(other, "another job", async () => {
      await expect(blame("--where", "id=1")).rejects.toMatchObject({ exit: "locked" });
      expect(told(await blame()).suspects.length).toBeGreaterThan(0);
    });
    for (const one of held) await one();
  });

  it("follows rows from one partition to another", async () => {
    const words = ["--from", base[1]!, "--table", `${source.cluster.database}.h.p`, "--where", "k=1"];
    expect(matched(await run(...words))).toEqual({ moves: 3 });
  }, 120_000);

  it.each<[string, string[], RegExp]>([
    ["a column that is not there", ["--where", "statis=Recognisable"], /h\.t has no column statis/],
    ["a generated column", ["--where", "big=10"], /big of h\.t is generated/],
    ["what is no condition", ["--where", "Recognisable"], /cannot be read/],
    ["two tables", ["--where", "id=1", "--table", "x.y.z"], /--where with 2 tables/],
  ])("refuses %s before a copy is made", async (_what, words, message) => {
    const error = await blame(...words).then(
      () => expect.unreachable(),
      (refused: OpsError) => refused,
    );
    expect(error).toMatchObject({ exit: "usage", message: expect.stringMatching(message) });
    expect(`${error.message} ${error.expected} ${error.todo}`).not.toContain("Recognisable");
  });

  it("refuses a partition: its rows come and go", async () => {
    const words = ["--from", base[1]!, "--table", `${source.cluster.database}.h.p1`, "--where", "k=1"];
    await expect(run(...words)).rejects.toMatchObject({
      exit: "usage",
      message: "--where of a partition",
    });
  });
});

describe.sequential("--log", () => {
  it.each(["told.csv", "told.json"])(
    "tells by %s who it was: by its number, near its commit, or nobody of two",
    async (file) => {
      const outcome = await blame("--log", path.join(logs, file), "--top", "20");
      const who = (name: string) =>
        told(outcome).suspects.find(({ xid }) => xid === xids.get(name))?.correlation;
      for (const name of ["refund", "notes", "twin", "wipe", "alters", "empties"])
        expect([name, who(name)]).toEqual([
          name,
          {
            by: "its number",
            sessions: 1,
            who: { user: "postgres", application: `app-${name}`, address: "[local]" },
          },
        ]);
      const others = told(outcome)
        .suspects.filter(({ xid }) => ![...xids.values()].includes(xid))
        .map(({ correlation }) => correlation);
      expect(others).toHaveLength(3);
      // A driver that binds parameters: the statement's line still knows its number.
      expect(others).toContainEqual({
        by: "its number",
        sessions: 1,
        who: expect.objectContaining({ application: "app-bound" }),
      });
      expect(others).toContainEqual({
        by: "near its commit",
        sessions: 1,
        who: expect.objectContaining({ application: "app-auto" }),
      });
      expect(others).toContainEqual({ by: "near its commit", sessions: 2 });
      expect(check(outcome, "log-read")?.verdict).toBe("pass");
      expect(outcome.summary).toMatch(/Who \(correlation\)/);
      expect(outcome.summary).toContain("a correlation with the server's log");
      expect(outcome.summary).not.toContain("update h.");
      expect(outcome.facts.correlated).toEqual({
        byNumber: 7,
        nearCommit: 1,
        severalCandidates: 1,
        notFound: 0,
      });
      const kept = JSON.stringify([outcome.facts, outcome.checks, outcome.measurements]);
      expect(kept).not.toMatch(/app-|\[local\]/);
    },
    60_000,
  );

  it("refuses what is no such log, and a zone that may be another", async () => {
    await expect(blame("--log", path.join(source.cluster.dataDirectory, "PG_VERSION"))).rejects.toMatchObject(
      {
        exit: "usage",
        message: expect.stringContaining("holds no line of csvlog or jsonlog"),
      },
    );
    await expect(blame("--log", path.join(logs, "told.csv"), "--log-zone", "Mars")).rejects.toMatchObject({
      exit: "instant",
    });
    const outcome = await blame("--log", path.join(logs, "told.csv"), "--log-zone", "-05:00");
    expect(check(outcome, "log-read")).toMatchObject({
      verdict: "inconclusive",
      detail: expect.stringContaining("of another zone"),
    });
    expect(outcome.facts.correlated).toMatchObject({ byNumber: 0 });
  });
});
