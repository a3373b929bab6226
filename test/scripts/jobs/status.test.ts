import { describe, expect, it } from "vitest";
import { loadContract } from "../../../policies/contract/load";
import { loadPlatform } from "../../../policies/service/load";
import { loadRoster } from "../../../policies/service/roster";
import type { Context } from "../../../scripts/context";
import { EXIT, type OpsError } from "../../../scripts/core/errors";
import type { Predicate, Verdict } from "../../../scripts/core/evidence";
import type { Job } from "../../../scripts/core/job";
import type { Ledger } from "../../../scripts/evidence/port";
import { defineJob } from "../../../scripts/job";
import status from "../../../scripts/jobs/status";
import { createHost } from "../../../scripts/machine";
import { createInfrastructure } from "../../../scripts/plan/adapter";
import { ROOT } from "../../policies/repository";

const NOW = new Date("2026-11-23T12:00:00Z");
const filled = { sandbox: "/run/sandbox", socket: "/run/s", copies: "/run/copies" };

/** Read once: it takes longer than a test. */
const SANDBOX = loadPlatform(ROOT, "sandbox", filled);
const CONTRACT = loadContract(ROOT);
const ROSTER = loadRoster(ROOT);

/** A part of the world that must not be touched. */
function untouchable<T extends object>(name: string): T {
  const touch = (): never => {
    throw new Error(`${name} was touched`);
  };
  return new Proxy<T>({} as T, { get: touch });
}

function job(name: string, clauses: readonly string[]): Job {
  return defineJob({ ...status, name, clauses });
}

const JOBS = [
  status,
  job("backup", ["DR-BACKUP"]),
  job("verify", ["DR-BACKUP", "DR-RESTORE"]),
  job("coverage", ["DR-RESTORE"]),
  job("drill", ["DR-DRILL"]),
  job("evidence", ["ARC-EVENTS"]),
  job("migrate", ["DATA-CHANGE"]),
  job("data", ["DATA-MISTAKE", "DATA-CLEAN", "DATA-INTEGRITY", "CONF-PLEDGE"]),
  job("release", ["SEC-RELEASE", "UPG-BUDGET"]),
  job("check", ["SEC-CONFIG"]),
  job("roster", ["SVC-REMOTE", "SVC-TEAM"]),
];

function passed(name: string, hoursAgo: number, verdict: Verdict = "pass"): Predicate {
  const finished = new Date(NOW.getTime() - hoursAgo * 3_600_000).toISOString();
  const clauses = JOBS.find((candidate) => candidate.name === name)?.clauses ?? [];
  const rest = { measurements: [], checks: [], artifacts: [], inputs: {}, actor: "test", facts: {} };
  return {
    job: name,
    kind: name,
    clauses,
    environment: "sandbox",
    platform: "sandbox",
    started: finished,
    finished,
    verdict,
    ...rest,
  };
}

function context(evidence: readonly Predicate[], more: Partial<Context> = {}): Context {
  const ledger: Ledger = {
    ...untouchable<Ledger>("ledger"),
    location: "/run/ledger",
    entries: async () => evidence.map((predicate, index) => ({ index, digest: "", file: "", predicate })),
  };
  return {
    environment: "sandbox",
    platformName: "sandbox",
    platform: SANDBOX,
    contract: CONTRACT,
    integrations: [],
    jobs: async () => JOBS,
    names: async () => ({ names: [] }),
    color: false,
    clock: { now: () => NOW, seconds: () => 0, sleep: async () => {} },
    ledger,
    host: untouchable("host"),
    isolation: untouchable("isolation"),
    servers: untouchable("servers"),
    backupEngine: untouchable("backupEngine"),
    backupRepository: untouchable("backupRepository"),
    walArchive: untouchable("walArchive"),
    throwaway: untouchable("throwaway"),
    delivery: untouchable("delivery"),
    dumps: untouchable("dumps"),
    rowFiles: untouchable("rowFiles"),
    data: untouchable("data"),
    sandbox: undefined,
    pipelines: untouchable("pipelines"),
    github: untouchable("github"),
    roster: ROSTER,
    subjects: untouchable("subjects"),
    manifests: untouchable("manifests"),
    masking: untouchable("masking"),
    statements: untouchable("statements"),
    migrations: untouchable("migrations"),
    // It reads what is declared from data: to evaluate a program for it would be slow, and is refused here.
    infrastructure: {
      ...createInfrastructure(createHost(), ROOT),
      stacks: () => Promise.reject(new Error("infrastructure was touched")),
      evaluate: () => Promise.reject(new Error("infrastructure was touched")),
    },
    progress: untouchable("progress"),
    random: () => 0,
    newId: () => "id",
    signal: new AbortController().signal,
    defer: () => {},
    reports: "/run/reports",
    copies: "/run/copies",
    sockets: "/run/s",
    inputs: {},
    actor: "test",
    width: 120,
    ...more,
  };
}

const shown = (of: Context, brokenOnly = false) => status.run(of, { brokenOnly });

const ALL = [
  passed("backup", 16.5), // 03:30 in Asia/Shanghai

  passed("coverage", 2),
  passed("verify", 2),
  passed("drill", 50),
  passed("evidence", 1),
];

describe("ops status", () => {
  it("shows the proof of every clause that is in force", async () => {
    const { exit, summary, checks } = await shown(context(ALL));
    // No breach; but while clauses are unproven nobody can say that the contract is in force.
    expect({ exit, verdict: checks[0]?.verdict }).toEqual({ exit: undefined, verdict: "inconclusive" });
    expect(summary).toContain(
      "39 clauses: 4 in force, 0 due, 35 unproven, 0 inconclusive, 0 overdue, 0 failing",
    );
    expect(summary).toMatch(
      /DR-DRILL +│ ✓ in force +│ drill +│ drill pass +│ drill passed 2 d 2 h ago.*\n.*│ 2026-11-21 18:00:00 │/,
    );
    expect(summary).toMatch(
      /Nothing behind 25 of them, no job that would prove them: SVC-ONSITE, SVC-HANDOVER, /,
    );
    expect(summary).toMatch(/SLA-P1 +│ – unproven +│ - +│ - +│ no proof declared/);
  });

  it.each([
    ["overdue", [...ALL.slice(1), passed("backup", 40.5)], "DR-BACKUP"],
    ["failing", [...ALL, passed("drill", 1, "fail")], "DR-DRILL"],
  ])("exits with `overdue` when a clause is %s, and names it", async (_, evidence, clause) => {
    const { exit, checks } = await shown(context(evidence));
    expect(exit).toBe("overdue");
    expect(EXIT[exit ?? "ok"].code).toBe(4);
    expect(checks[0]).toMatchObject({ verdict: "fail", detail: `overdue or failing: ${clause}` });
  });

  it("is inconclusive, not failing, where the last run could not tell", async () => {
    const { exit, summary, json } = await shown(context([...ALL, passed("drill", 1, "inconclusive")]));
    expect(exit).toBeUndefined(); // by the verdict: inconclusive
    expect(summary).toMatch(/DR-DRILL +│ \? inconclusive +│/);
    expect(summary).not.toContain("✗");
    expect(json).toMatchObject({ totals: { inconclusive: 1, failing: 0 } });
  });

  it("for an alarm is quiet about what nobody can tell, and not about what is broken", async () => {
    const untold = await shown(context(ALL), true);
    expect({ exit: untold.exit, verdict: untold.checks[0]?.verdict }).toEqual({
      exit: "ok",
      verdict: "inconclusive",
    });
    expect((await shown(context([...ALL, passed("verify", 1, "fail")]), true)).exit).toBe("overdue");
  });

  it("says what it does not count: evidence under a name that no platform file declares any more", async () => {
    const old = { ...passed("verify", 1), platform: "was" };
    const names = async () => ({ names: ["sandbox", "other"] });
    const { summary, json } = await shown(
      context([...ALL, old, { ...old, platform: "other" }, { ...old, platform: "-" }], { names }),
    );
    expect(summary).toMatch(/^Not counted: 1 entries of platform was, which no file declares;/m);
    expect(summary).not.toContain("platform other");
    expect(json).toMatchObject({ uncounted: [{ platform: "was", entries: 1 }] });
  });

  it("passes when every clause is in force", async () => {
    const whole = loadContract(ROOT);
    const contract = { ...whole, clauses: whole.clauses.filter(({ id }) => id.startsWith("DR-")) };
    const jobs = JOBS.filter(({ clauses }) => clauses.every((id) => id.startsWith("DR-")));
    const { exit, checks } = await shown(context(ALL, { contract, jobs: async () => jobs }));
    expect({ exit, verdict: checks[0]?.verdict }).toEqual({ exit: undefined, verdict: "pass" });
  });

  it("never puts production in force by the sandbox's evidence", async () => {
    const platform = { ...loadPlatform(ROOT, "sandbox", filled), name: "main", environment: "prod" };
    const { json } = await shown(context(ALL, { environment: "prod", platform }));
    expect(json).toMatchObject({ environment: "prod", totals: { "in force": 0, unproven: 39 } });
  });

  it("reads of the evidence itself that a backup was on demand, and that a release came to its commit", async () => {
    const facts = { label: "x", type: "full", warnings: [], checkpoint: null };
    const state = async (evidence: Predicate, clause: string): Promise<string | undefined> => {
      const roster = { ...loadRoster(ROOT), people: [] };
      const { json } = await shown(context([passed("verify", 2), evidence], { roster }));
      return (json as { clauses: { clause: string; state: string }[] }).clauses.find(
        (row) => row.clause === clause,
      )?.state;
    };
    expect(await state({ ...passed("backup", 16.5), facts }, "DR-BACKUP")).toBe("in force");
    expect(await state({ ...passed("backup", 16.5), facts: { ...facts, onDemand: true } }, "DR-BACKUP")).toBe(
      "unproven",
    );
    expect(await state({ ...passed("release", 2), facts: { commit: "abc" } }, "SEC-RELEASE")).toBe(
      "in force",
    );
    expect(await state(passed("release", 2, "fail"), "SEC-RELEASE")).toBe("unproven");
  });

  it("puts nothing in force by the roster of example people", async () => {
    const { summary } = await shown(context([...ALL, passed("roster", 1)]));
    expect(summary).toMatch(/SVC-TEAM +│ – unproven +│ roster +│ - +│ .*/);
    expect(summary).toContain("example data");
  });

  it("says that an environment has no platform rather than naming another one's", async () => {
    const { summary, json } = await shown(context(ALL, { environment: "prod" }));
    expect(summary).toMatch(/^Environment prod, no platform declared, /);
    expect(json).toMatchObject({ platform: null, totals: { "in force": 0 } });
  });

  it("names what the cloud declares for a clause, and puts nothing in force by it", async () => {
    const platform = { ...loadPlatform(ROOT, "sandbox", filled), name: "main", environment: "prod" };
    const { summary, json } = await shown(context([], { environment: "prod", platform }));
    expect(summary).toMatch(/DR-BACKUP +│ – unproven/);
    expect(summary).toMatch(
      /a declaration is no evidence\):\n(.*\n)* +DR-BACKUP +prod-data +rds\.BackupPolicy postgres\n +hbr\.Policy daily\n/,
    );
    expect(summary).toMatch(
      /^ +ARC-EVENTS +prod-data +oss\.BucketWorm evidence\n +prod-watch +actiontrail\.Trail trail$/m,
    );
    expect(json).toMatchObject({ totals: { "in force": 0, unproven: 39 } });
    const { summary: sandbox } = await shown(context(ALL));
    expect(sandbox).not.toContain("Declared in the cloud");
  });

  it("gives machines the same rows", async () => {
    const { json } = await shown(context(ALL));
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({
      platform: "sandbox",
      at: "2026-11-23T12:00:00.000Z",
      clauses: expect.arrayContaining([
        expect.objectContaining({
          clause: "DR-RESTORE",
          proofs: ["verify", "coverage"],
          state: "in force",
          last: { job: "verify", verdict: "pass", finished: "2026-11-23T10:00:00.000Z" },
        }),
      ]),
    });
  });

  it("refuses to judge when a proof is not a job", async () => {
    const run = shown(context(ALL, { jobs: async () => JOBS.slice(0, 2) }));
    await expect(run).rejects.toThrow(/DR-DRILL is proven by job drill, which does not exist/);
    await expect(run).rejects.toMatchObject({ exit: "config" } satisfies Partial<OpsError>);
  });

  it("colours states only when asked", async () => {
    const ESC = String.fromCharCode(27);
    const [plain, coloured] = await Promise.all(
      [false, true].map(async (color) => (await shown(context(ALL, { color }))).summary ?? ""),
    );
    expect(plain).not.toContain(ESC);
    expect(coloured).toContain(`${ESC}[32m✓ in force`);
  });
});
