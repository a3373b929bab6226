// `ops data check` on a database of the sandbox's schema: findings become work, are kept from run to run, and hold nothing personal.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadRoster } from "../../../policies/service/roster";
import type { Context } from "../../../scripts/context";
import { counting } from "../../../scripts/contract/counts";
import { overall, type Predicate } from "../../../scripts/core/evidence";
import type { Outcome } from "../../../scripts/core/outcome";
import { silent } from "../../../scripts/core/progress";
import { createData } from "../../../scripts/data/adapter";
import { CHECK_KIND } from "../../../scripts/data/quality/facts";
import type { LedgerEntry } from "../../../scripts/evidence/port";
import job from "../../../scripts/jobs/data";
import jobs from "../../../scripts/jobs/jobs";
import { createHost } from "../../../scripts/machine";
import type { Cluster } from "../../e2e/cluster";
import { given } from "../../given";
import { ROOT } from "../../policies/repository";
import { runLine } from "../cli/line";
import { core, PLATFORM, RULES, startLearning } from "../data/learning";

let cluster: Cluster;
let base = "";
beforeAll(async () => {
  cluster = await startLearning();
  base = mkdtempSync("/tmp/opsd-");
  await cluster.psql(
    "learning",
    `set session_replication_role = replica;
     update learning.learners set phone = '12066667777', name = '欧阳测试', updated_at = now() where id = 9;
     insert into learning.enrolments (learner_id, course_id, enrolled_at) values (999999, 1, now());
     create table learning.people_old (phone text primary key, owner_id bigint); insert into learning.people_old values ('13700001111', 424242);
     alter table learning.people_old add foreign key (owner_id) references learning.learners not valid`,
  );
}, 120_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(base, { recursive: true, force: true });
});

const DAY_MS = 24 * 3600 * 1000;
let entries: LedgerEntry[] = [];
beforeEach(() => {
  entries = [];
});

function context(days = 0, more: Partial<Context> = {}): Partial<Context> {
  const declared = { platform: PLATFORM, roster: loadRoster(ROOT) };
  return {
    ...core,
    clock: { ...core.clock, now: () => new Date(Date.UTC(2026, 11, 1) + days * DAY_MS) },
    progress: silent(),
    platform: PLATFORM,
    environment: "sandbox",
    color: false,
    host: createHost(),
    servers: given<Context["servers"]>({ source: () => cluster.database }),
    backupRepository: given<Context["backupRepository"]>({ list: async () => [] }),
    ledger: given<Context["ledger"]>({ entries: async () => entries }),
    data: createData({ host: createHost(), root: ROOT, keys: path.join(base, "keys"), declared }),
    ...more,
  };
}

const run = (days: number, ...words: string[]): Promise<Outcome> =>
  runLine(context(days), job, "check", ...words);

/** The first run of all, which knows of none before; its outcome does not depend on which test asks for it. */
let first: Outcome | undefined;
const firstRun = async (): Promise<Outcome> => {
  expect(entries).toEqual([]);
  first ??= await run(0);
  return first;
};

/** Leaves evidence as the runner would. */
function keep({ checks, facts }: Outcome, more: Partial<Predicate> = {}): void {
  const predicate = given<Predicate>({
    job: "data",
    kind: CHECK_KIND,
    environment: "sandbox",
    platform: PLATFORM.name,
    facts: JSON.parse(JSON.stringify(facts)) as Record<string, unknown>,
    verdict: overall(checks),
    ...more,
  });
  entries.push({ index: entries.length, digest: "", file: "e", predicate });
}

const detailOf = ({ checks }: Outcome, name: string): string =>
  checks.find((check) => check.name === name)!.detail;
const verdictOf = ({ checks }: Outcome, name: string): string =>
  checks.find((check) => check.name === name)!.verdict;

it("is listed command by command where clauses and cadence differ", async () => {
  const { summary, json } = await runLine<Context>({ jobs: async () => [job], color: false }, jobs);
  expect(summary).toMatch(/│ data check +│ isolated +│ daily +│ data-check +│ DATA-CLEAN,/);
  expect(json).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: "data", cadence: "event" }),
      expect.objectContaining({
        name: "data query",
        cadence: "event",
        clauses: ["DATA-CLEAN", "CONF-PLEDGE"],
      }),
    ]),
  );
});

describe("evidence of the job", () => {
  it("counts for its clauses only where every rule was asked", () => {
    const proofs = { jobs: ["data"], rules: [], runbooks: [] };
    const of = (kind: string) => ({
      predicate: given<Predicate>({ job: "data", kind, started: "2026-12-01T00:00:00Z" }),
    });
    const { counting: counted, because } = counting(
      { proofs },
      "data",
      [of(CHECK_KIND), of("data-query")],
      undefined,
    );
    expect(counted.map(({ kind }) => kind)).toEqual([CHECK_KIND]);
    expect(because).toBe("data-query proves nothing by itself");
  });
});

describe("ops data check", () => {
  it("fails for errors, lists warnings, and names owner and deadline", async () => {
    const outcome = await firstRun();
    expect(overall(outcome.checks)).toBe("fail");
    expect(
      outcome.checks
        .filter(({ verdict }) => verdict === "fail")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["mobile-number-wrong", "orphaned-rows"]);
    expect(detailOf(outcome, "mobile-number-wrong")).toMatch(
      /^1: 手机号码格式错误 .*e\.g\. learner_id 9; owner data-steward, by 2026-12-04, first seen 2026-12-01$/,
    );
    expect(verdictOf(outcome, "leftover-table")).toBe("pass");
    expect(detailOf(outcome, "leftover-table")).toMatch(/^warning: 1: .*learning.people_old/);
    expect(verdictOf(outcome, "messages-sent-and-billed")).toBe("not-applicable");
    expect(outcome.record).toBeUndefined();
    expect(outcome.measurements.find(({ name }) => name === "wrong-rows-error")!.value).toBe(3);
  });

  it("writes no personal value anywhere", async () => {
    const outcome = await firstRun();
    const text = JSON.stringify(outcome);
    for (const value of ["12066667777", "欧阳测试", "13700001111"]) expect(text).not.toContain(value);
    expect(text).toMatch(/people_old_owner_id_fkey\).*"phone":"#[0-9a-f]{16}"/);
    const secret = readFileSync(path.join(base, "keys/data-digest.key"), "utf8").trim();
    expect(text).not.toContain(secret);
    const digest = (all: Outcome): string => /"phone":"(#[0-9a-f]{16})"/.exec(JSON.stringify(all))![1]!;
    expect(digest(await run(0))).toBe(digest(outcome));
  });

  it("keeps the first day and the deadline until a finding is gone; what is overdue fails, a warning too", async () => {
    keep(await firstRun());
    const later = await run(2);
    expect(detailOf(later, "mobile-number-wrong")).toContain("(as before)");
    expect(detailOf(later, "mobile-number-wrong")).toContain("by 2026-12-04, first seen 2026-12-01");
    keep(later);
    const overdue = await run(31);
    expect(verdictOf(overdue, "leftover-table")).toBe("fail");
    expect(detailOf(overdue, "leftover-table")).toContain("OVERDUE since 2026-12-31");
    const other = await runLine(
      context(2, { ledger: given<Context["ledger"]>({ entries: async () => [] }) }),
      job,
      "check",
    );
    expect(detailOf(other, "mobile-number-wrong")).toContain("first seen 2026-12-03");
  });

  it("takes nothing from the memory of another cluster, or from another command of the job", async () => {
    const once = await firstRun();
    keep(once, { facts: { ...once.facts, cluster: "1" } });
    keep(once, { kind: "data-query" });
    expect(detailOf(await run(2), "mobile-number-wrong")).toContain("first seen 2026-12-03");
  });

  it("does not run what is not due, and lets stand what it found", async () => {
    keep(await firstRun());
    const next = await run(1);
    expect(detailOf(next, "duplicated-rows")).toBe("not due now: nothing when it was last run");
    expect(next.summary).toContain(`${RULES.length - 2} of ${RULES.length} rules run`); // the weekly one, and one without a statement
    expect(detailOf(await run(7), "duplicated-rows")).toBe("nothing");
  });

  it("warns whoever reads a platform as superuser", async () => {
    const said: string[] = [];
    const progress = { ...silent(), say: (_: unknown, text: string) => void said.push(text) };
    await runLine(context(0, { environment: "staging", progress }), job, "check", "--rule", "stale-session");
    expect(said).toEqual([expect.stringContaining("read as superuser")]);
  });

  it("leaves no evidence when it is narrowed", async () => {
    const one = await run(0, "--rule", "mobile-number-wrong,stale-session");
    expect(one.record).toBe(false);
    expect(one.checks.map(({ name }) => name)).toEqual(["mobile-number-wrong", "stale-session"]);
    const module = await run(0, "--module", "invoices");
    expect(module.record).toBe(false);
    expect(module.checks.every(({ verdict }) => verdict === "pass")).toBe(true);
    expect(module.checks.length).toBeGreaterThan(2);
  });

  it("holds messages against the provider's bill", async () => {
    const file = path.join(base, "bill.csv");
    writeFileSync(file, "day,billed\r\n2024-10-01,100000\r\n");
    const outcome = await run(0, "--rule", "messages-sent-and-billed", "--statement", `sms-bill=${file}`);
    expect(detailOf(outcome, "messages-sent-and-billed")).toMatch(/day 2024-10-01, sent \d+, billed 100000/);
  });

  it.each([
    [["--rule", "nothing"], /no rule is called nothing/],
    [["--module", "order"], /no module is called order/],
    [["--statement", "bank=x.csv"], /no rule is held against a statement bank/],
    [["--statement", "sms-bill=/nowhere/x.csv"], /x\.csv/],
    [["--on", "replica"], /declares no replica/],
    [["--on", "production"], /--on: production/],
  ])("refuses %j", async (words, why) => {
    await expect(run(0, ...words)).rejects.toMatchObject({
      exit: "usage",
      message: expect.stringMatching(why),
    });
  });

  it("refuses a platform without rules, and one that sets a parameter which no rule has", async () => {
    const declared = { platform: { ...PLATFORM, data: undefined }, roster: loadRoster(ROOT) };
    const bare = createData({ host: createHost(), root: ROOT, keys: base, declared: declared as never });
    await expect(runLine(context(0, { data: bare }), job, "check")).rejects.toMatchObject({ exit: "usage" });
    const platform = { ...PLATFORM, data: { ...PLATFORM.data!, parameters: { sessions_stale: "1" } } };
    await expect(runLine(context(0, { platform }), job, "check")).rejects.toMatchObject({
      exit: "config",
      message: expect.stringMatching(/sessions_stale/),
    });
  });
});
