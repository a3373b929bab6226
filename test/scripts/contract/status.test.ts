import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clause, ClauseCadence, Contract } from "../../../policies/contract/contract";
import type { Platform } from "../../../policies/service/service";
import { type Foundations, type Recorded, unfounded } from "../../../scripts/contract/counts";
import { assess, contradictions, STATES } from "../../../scripts/contract/status";
import type { Predicate, Verdict } from "../../../scripts/core/evidence";

const NOW = new Date("2026-11-23T12:00:00Z");
const HOUR = 3_600_000;
const JOBS = [
  { name: "backup", clauses: ["A"] },
  { name: "verify", clauses: ["A"] },
];

function contractOf(
  cadence: ClauseCadence,
  jobs: readonly string[],
  runbooks: readonly string[] = [],
): Contract {
  const clause: Clause = {
    id: "A",
    source: "四",
    original: "系统数据每日凌晨自动备份",
    obligation: "back up",
    numbers: [],
    cadence,
    proofs: { jobs, rules: [], runbooks },
  };
  return { title: "t", clauses: [clause] };
}

function evidence(
  job: string,
  hoursAgo: number,
  verdict: Verdict = "pass",
  more: Partial<Predicate> = {},
): { predicate: Predicate } {
  const finished = new Date(NOW.getTime() - hoursAgo * HOUR).toISOString();
  const predicate: Predicate = {
    job,
    kind: job,
    clauses: ["A"],
    environment: "prod",
    platform: "main",
    started: finished,
    finished,
    verdict,
    measurements: [],
    checks: [
      { name: "content", verdict, detail: "" },
      { name: "restore", verdict: "pass", detail: "" },
    ],
    artifacts: [],
    inputs: {},
    actor: "cron",
    facts: {},
    ...more,
  };
  return { predicate };
}

function row(contract: Contract, entries: readonly Recorded[], platform?: Platform, now = NOW) {
  return assess({ contract, entries, environment: "prod", platform, now, jobs: JOBS }).rows[0]!;
}

const daily = contractOf("daily", ["backup"]);
const NOTHING = {
  contract: daily,
  entries: [],
  environment: "prod",
  platform: undefined,
  now: NOW,
  jobs: JOBS,
};
const nightly = { name: "main", schedule: { maxAgeHours: 26 } } as Platform;

describe("the state of a clause", () => {
  it.each([
    ["young evidence", [evidence("backup", 3.2)], "in force", "backup passed 3 h 12 min ago; due every 1 d"],
    [
      "the last quarter of the cadence",
      [evidence("backup", 18)],
      "due",
      "backup passed 18 h ago; owed again in 6 h",
    ],
    [
      "evidence as old as the cadence",
      [evidence("backup", 24)],
      "overdue",
      "backup last passed 1 d ago; due every 1 d",
    ],
    ["a newer pass", [evidence("backup", 50), evidence("backup", 1)], "in force", /passed 1 h ago/],
    [
      "a fail after the last pass",
      [evidence("backup", 5), evidence("backup", 2, "fail")],
      "failing",
      "backup said fail 2 h ago (content); last pass 5 h ago",
    ],
    [
      "a fail before the last pass",
      [evidence("backup", 5, "fail"), evidence("backup", 2)],
      "in force",
      /passed 2 h ago/,
    ],
    ["nothing but a fail", [evidence("backup", 2, "fail")], "failing", /never passed/],
    [
      "a job that could not tell",
      [evidence("backup", 5), evidence("backup", 2, "inconclusive")],
      "inconclusive",
      "backup said inconclusive 2 h ago (content); last pass 5 h ago",
    ],
    [
      "nothing but what could not tell",
      [evidence("backup", 2, "inconclusive")],
      "inconclusive",
      /never passed/,
    ],
    [
      "a job that could not tell, and a pass that has become too old",
      [evidence("backup", 24), evidence("backup", 2, "inconclusive")],
      "overdue",
      /said inconclusive 2 h ago \(content\); last pass 1 d ago/,
    ],
    [
      "a failure that a job which could not tell does not heal",
      [evidence("backup", 9), evidence("backup", 5, "fail"), evidence("backup", 2, "inconclusive")],
      "failing",
      "backup said fail 5 h ago (content); could not tell 2 h ago; last pass 9 h ago",
    ],
    ["an old fail: silence does not heal it", [evidence("backup", 900, "fail")], "failing", /37 d 12 h ago/],
    [
      "two that finished together: the later entry",
      [evidence("backup", 1), evidence("backup", 1, "fail")],
      "failing",
      /said fail/,
    ],
    ["no evidence", [], "unproven", "backup has left no evidence in prod"],
    [
      "the sandbox's evidence",
      [evidence("backup", 1, "pass", { environment: "sandbox" })],
      "unproven",
      /no evidence in prod/,
    ],
    [
      "evidence that does not name the clause",
      [evidence("backup", 1, "pass", { clauses: ["B"] })],
      "unproven",
      /no evidence/,
    ],
    ["another job's evidence", [evidence("verify", 1)], "unproven", /backup has left no evidence/],
    ["evidence from the future", [evidence("backup", -1)], "unproven", /apart from 1 dated in the future/],
  ])("%s", (_, entries, state, reason) => {
    expect(row(daily, entries)).toMatchObject({
      state,
      reason: typeof reason === "string" ? reason : expect.stringMatching(reason),
    });
  });

  it.each([
    ["hourly", 1],
    ["daily", 24],
    ["weekly", 7 * 24],
    ["monthly", 31 * 24],
    ["quarterly", 92 * 24],
    ["yearly", 366 * 24],
  ] as const)("%s evidence is good for %d hours", (cadence, hours) => {
    const states = [0.7, 0.8, 1].map(
      (part) => row(contractOf(cadence, ["backup"]), [evidence("backup", hours * part)]).state,
    );
    expect(states).toEqual(["in force", "due", "overdue"]);
  });

  it("an event does not go stale", () => {
    expect(row(contractOf("event", ["backup"]), [evidence("backup", 100_000)])).toMatchObject({
      state: "in force",
    });
  });

  it("a nightly job may be as late as the platform declares", () => {
    const late = [evidence("backup", 25)];
    expect([row(daily, late).state, row(daily, late, nightly).state]).toEqual(["overdue", "due"]);
  });

  it("a self-test of the verifier proves nothing of the platform", () => {
    const selfTest = evidence("backup", 1, "pass", { facts: { selfTest: { caught: 49 } } });
    expect(row(daily, [selfTest]).state).toBe("unproven");
    const failed = evidence("backup", 1, "fail", { facts: { selfTest: { caught: 48 } } });
    expect(row(daily, [evidence("backup", 2), failed]).state).toBe("in force");
  });

  it("another platform's evidence does not count", () => {
    expect(row(daily, [evidence("backup", 1, "pass", { platform: "other" })], nightly).state).toBe(
      "unproven",
    );
  });

  it.each([
    ["no proofs", [], "no proof declared"],
    ["only a runbook", ["procedures/x"], "no proof declared (a runbook is not proof)"],
  ])("with %s it is unproven, and says that it is for want of a proof", (_, runbooks, reason) => {
    expect(row(contractOf("daily", [], runbooks), [evidence("backup", 1)])).toMatchObject({
      state: "unproven",
      reason,
    });
  });
});

describe("a clause with two proofs is as good as the worse", () => {
  const both = contractOf("daily", ["backup", "verify"]);
  it.each([
    ["in force", 1, "pass", 2, "pass", /^verify passed 2 h ago/],
    ["due", 1, "pass", 20, "pass", /^verify/],
    ["overdue", 30, "pass", 1, "pass", /^backup/],
    ["failing", 30, "pass", 1, "fail", /^verify/],
    ["unproven", 1, "pass", Number.NaN, "pass", /^verify has left no evidence/],
  ] as const)("%s", (state, backupAge, backup, verifyAge, verify, reason) => {
    const entries = [evidence("backup", backupAge, backup)];
    if (!Number.isNaN(verifyAge)) entries.push(evidence("verify", verifyAge, verify));
    expect(row(both, entries)).toMatchObject({ state, reason: expect.stringMatching(reason) });
  });

  it("shows the newest evidence when the deciding job has none", () => {
    expect(row(both, [evidence("backup", 1)]).last).toEqual({
      job: "backup",
      verdict: "pass",
      finished: new Date(NOW.getTime() - HOUR),
    });
  });
});

describe("for all histories", () => {
  const history = fc.array(
    fc
      .record({
        job: fc.constantFrom("backup", "verify"),
        hours: fc.integer({ min: 0, max: 100 }),
        verdict: fc.constantFrom<Verdict>("pass", "fail", "inconclusive"),
      })
      .map(({ job, hours, verdict }) => evidence(job, hours, verdict)),
    { maxLength: 8 },
  );
  const both = contractOf("daily", ["backup", "verify"]);

  it("time alone never makes a clause better", () => {
    fc.assert(
      fc.property(history, fc.nat(200), fc.nat(200), (entries, first, more) => {
        const at = (hours: number) => {
          const { state } = row(both, entries, undefined, new Date(NOW.getTime() + hours * HOUR));
          return STATES.indexOf(state);
        };
        expect(at(first + more)).toBeGreaterThanOrEqual(at(first));
      }),
    );
  });

  it("evidence of another environment changes nothing", () => {
    fc.assert(
      fc.property(history, history, (entries, others) => {
        const foreign = others.map(({ predicate }) => ({
          predicate: { ...predicate, environment: "sandbox" },
        }));
        expect(row(both, [...foreign, ...entries, ...foreign])).toEqual(row(both, entries));
      }),
    );
  });

  it("the order of evidence of different instants does not matter", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(100), { maxLength: 6 }), (hours) => {
        const entries = hours.map((age) => evidence("backup", age, age % 3 === 0 ? "fail" : "pass"));
        expect(row(daily, [...entries].reverse())).toEqual(row(daily, entries));
      }),
    );
  });
});

describe("a clause that asks for a schedule", () => {
  const scheduled: Contract = {
    ...daily,
    clauses: daily.clauses.map((clause) => ({
      ...clause,
      proofs: { ...clause.proofs, scheduled: ["backup"] },
    })),
  };
  const main = { name: "main", schedule: { from: "02:00", to: "05:00", maxAgeHours: 26 } } as Platform;
  // NOW is 20:00 in Asia/Shanghai: 16.5 h ago it was 03:30.
  it.each([
    ["in its window", 16.5, {}, "in force", /^backup passed/],
    ["at the window's first minute", 18, {}, "in force", /^backup passed/],
    ["at the window's last minute", 15, {}, "in force", /^backup passed/],
    [
      "a minute too early",
      18 + 1 / 60,
      {},
      "unproven",
      /began at 01:59, outside the declared window 02:00–05:00/,
    ],
    ["a minute too late", 15 - 1 / 60, {}, "unproven", /began at 05:01, outside/],
    ["in the afternoon", 5, {}, "unproven", /has left no evidence in prod that counts: it began at 15:00/],
    [
      "on demand, though in the window",
      16.5,
      { onDemand: true },
      "unproven",
      /that counts: it ran on demand/,
    ],
  ] as const)("counts a backup %s", (_, hours, facts, state, reason) => {
    expect(row(scheduled, [{ ...evidence("backup", hours), ...facts }], main)).toMatchObject({
      state,
      reason: expect.stringMatching(reason),
    });
  });

  it("is neither healed nor broken by what does not count", () => {
    const night = evidence("backup", 16.5, "fail");
    const byHand = { ...evidence("backup", 16), onDemand: true };
    expect(row(scheduled, [night, byHand], main).state).toBe("failing");
    expect(row(scheduled, [evidence("backup", 16.5), evidence("backup", 1, "fail")], main).state).toBe(
      "in force",
    );
  });

  it("counts nothing where no platform declares a window", () => {
    expect(row(scheduled, [evidence("backup", 16.5)])).toMatchObject({
      state: "unproven",
      reason: expect.stringContaining("no platform declares a window"),
    });
  });
});

describe("a clause that its jobs prove in part", () => {
  const partly: Contract = {
    ...daily,
    clauses: daily.clauses.map((clause) => ({
      ...clause,
      proofs: { ...clause.proofs, part: "only the half" },
    })),
  };
  it.each([
    [
      "a young pass",
      1,
      "pass",
      "inconclusive",
      "backup passed 1 h ago; due every 1 d; that is a part: only the half",
    ],
    [
      "a pass that is owed again",
      20,
      "pass",
      "inconclusive",
      /owed again in 4 h; that is a part: only the half/,
    ],
    ["an old pass", 30, "pass", "overdue", /^backup last passed/],
    ["a failure", 1, "fail", "failing", /^backup said fail/],
  ] as const)("is never in force: %s", (_, hours, verdict, state, reason) => {
    expect(row(partly, [evidence("backup", hours, verdict)])).toMatchObject({
      state,
      reason: typeof reason === "string" ? reason : expect.stringMatching(reason),
    });
  });
});

describe("a release that released nothing", () => {
  const jobs = [...JOBS, { name: "release", clauses: ["A"] }];
  const contract = contractOf("event", ["release"]);
  const of = (...entries: Recorded[]) => assess({ ...NOTHING, contract, entries, jobs }).rows[0];
  const released = { ...evidence("release", 5), released: true };
  const refused = evidence("release", 1, "fail");

  it("neither puts its clause in force nor breaks it", () => {
    expect(of(refused)).toMatchObject({
      state: "unproven",
      reason: expect.stringContaining("nothing was released by it"),
    });
    expect(of(released, refused)?.state).toBe("in force");
    const aborted = { ...evidence("release", 1, "fail"), released: true };
    expect(of(released, aborted)?.state).toBe("failing");
  });
});

describe("evidence about example data", () => {
  const real = { name: "main", database: { host: "pg.internal.netedu.cn" } };
  const people = (comment: string) => ({
    people: [{ fullName: "陈静", signingKeys: [`ssh-ed25519 AAAA ${comment}`] }],
  });
  const foundations = (platform: unknown, roster: unknown, integrations: unknown = []): Foundations => ({
    platform: () => platform,
    roster: () => roster,
    integrations: () => integrations,
  });

  it.each([
    [
      "roster",
      real,
      people("chen-jing@example.com"),
      /^the roster is example data: an example key|placeholder/,
    ],
    ["release", real, people("chen-jing@example.com"), /^the roster is example data/],
    ["backup", real, people("chen-jing@example.com"), undefined],
    ["roster", real, people("chen-jing@college.edu.cn"), undefined],
    [
      "backup",
      { ...real, database: { host: "db.example.com" } },
      {},
      /^the platform is example data: .*db\.example\.com/,
    ],
    ["backup", undefined, {}, undefined],
    [
      "verify",
      real,
      {},
      /^the integrations are example data: .*pay\.example\.com/,
      ["https://pay.example.com/"],
    ],
    ["drill", real, {}, /pay\.example\.com/, ["https://pay.example.com/"]],
    ["verify", real, {}, undefined, ["https://openapi.alipay.com/gateway.do", null]],
    ["backup", real, {}, undefined, ["https://pay.example.com/"]],
  ])("of %s", (job, platform, roster, why, integrations = []) => {
    const found = unfounded(job, foundations(platform, roster, integrations));
    if (why === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(why);
  });

  it("puts nothing in force", () => {
    const held = { ...NOTHING, entries: [evidence("backup", 1)] };
    expect(assess(held).rows[0]?.state).toBe("in force");
    expect(assess({ ...held, unfounded: () => "the roster is example data" }).rows[0]).toMatchObject({
      state: "unproven",
      reason: "backup has left no evidence in prod that counts: the roster is example data",
    });
  });
});

describe("contract and jobs", () => {
  it("agree when every proof is a job that serves the clause", () => {
    expect(contradictions(contractOf("daily", ["backup", "verify"]), JOBS)).toEqual([]);
  });

  it.each([
    [
      "a proof that is no job",
      contractOf("daily", ["bakcup"]),
      JOBS,
      ["clause A is proven by job bakcup, which does not exist"],
    ],
    [
      "a proof that does not serve the clause",
      daily,
      [{ name: "backup", clauses: [] }],
      ["clause A is proven by job backup, which does not serve it"],
    ],
    [
      "a job that serves no clause of the contract",
      contractOf("daily", []),
      [{ name: "x", clauses: ["Z"] }],
      ["job x serves clause Z, which the contract does not have"],
    ],
  ])("contradict each other by %s", (_, contract, jobs, expected) => {
    expect(contradictions(contract, jobs)).toEqual(expected);
    expect(assess({ ...NOTHING, contract, jobs }).problems).toEqual(expected);
  });

  it("every clause is counted once", () => {
    const { totals } = assess({ ...NOTHING, entries: [evidence("backup", 1)] });
    expect(totals).toEqual({ "in force": 1, due: 0, unproven: 0, inconclusive: 0, overdue: 0, failing: 0 });
  });
});
