// The verifier's own test, for real: 200 clean rounds and every kind of fault by the command, then each check taken away.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadContract } from "../../policies/contract/load";
import { loadPlatform } from "../../policies/service/load";
import { loadRoster } from "../../policies/service/roster";
import { connectBackups } from "../../scripts/backup/adapter";
import { createSubjects } from "../../scripts/check/adapter";
import type { Context } from "../../scripts/context";
import { silent } from "../../scripts/core/progress";
import { openLedger } from "../../scripts/evidence/adapter";
import { createIsolation } from "../../scripts/isolation/adapter";
import { createHost } from "../../scripts/machine";
import { createClock } from "../../scripts/machine/clock";
import { createMigrationFiles } from "../../scripts/migrate/adapter";
import { createGitHub } from "../../scripts/pipeline/adapter/github";
import { createPipelines } from "../../scripts/pipeline/adapter/pipelines";
import { createInfrastructure } from "../../scripts/plan/adapter";
import { createServers } from "../../scripts/postgres/adapter/servers";
import { createManifests } from "../../scripts/render/adapter";
import { RESTORE_CHECKS } from "../../scripts/restore/restore-run";
import { createThrowawayClusters } from "../../scripts/self-test/adapter/throwaway-clusters";
import { type Bench, openBench } from "../../scripts/self-test/bench";
import { onCopy } from "../../scripts/self-test/fault";
import { FAMILIES, injectFaults, verifyOnce } from "../../scripts/self-test/run";
import { renderSelfTest, type SelfTest, totalsOf } from "../../scripts/self-test/self-test";
import { type Checkout, makeCheckout } from "../e2e/checkout";
import { ROOT } from "../policies/repository";
import { user } from "../scripts/machine/accounts";

const ROUNDS = 200;
const HOUR = 3_600_000;
const FAULTS = FAMILIES.flatMap(({ faults }) => faults);

const host = createHost();
const clock = createClock();
const base = mkdtempSync("/tmp/opst-");
chmodSync(base, 0o755);
const deferred: (() => Promise<void>)[] = [];

function context(): Context {
  const servers = createServers(host);
  let count = 0;
  const newId = (): string => `20261130t000000-${(count++).toString(16).padStart(6, "0")}`;
  const paths = { sandbox: `${base}/x`, socket: `${base}/x`, copies: `${base}/copies` };
  const platform = loadPlatform(ROOT, "sandbox", paths);
  const never = async (): Promise<never> => {
    throw new Error("the platform's own ledger is not touched");
  };
  const ledger = { location: "", preflight: never, append: never, entries: never, verify: never };
  return {
    names: async () => ({ names: [] }),
    host,
    clock,
    servers,
    platformName: platform.name,
    platform,
    ...connectBackups(host, platform),
    newId,
    isolation: createIsolation(host),
    progress: silent(),
    ledger: { ...ledger, store: never, load: never, exportTo: never },
    sandbox: undefined,
    infrastructure: createInfrastructure(host, ROOT),
    pipelines: createPipelines(host, { root: ROOT, home: "/nowhere", state: "/nowhere" }),
    github: createGitHub({}),
    roster: loadRoster(ROOT),
    subjects: createSubjects(host, ROOT, path.join(base, "cache"), base),
    manifests: createManifests(host, ROOT),
    delivery: undefined as never, // it releases nothing
    dumps: undefined as never, // it dumps nothing
    rowFiles: undefined as never, // it repairs nothing
    data: undefined as never, // it looks at no rules of data
    masking: undefined as never, // it hands no copy over
    statements: undefined as never,
    migrations: createMigrationFiles(host, ROOT),
    throwaway: createThrowawayClusters({
      host,
      clock,
      newId,
      user,
      directory: path.join(base, "lab"),
      sockets: path.join(base, "s"),
      backups: connectBackups,
      database: servers.source,
      ledger: (directory) =>
        openLedger({
          directory,
          heads: path.join(directory, "../heads"),
          keys: path.join(directory, "../keys"),
          now: () => clock.now(),
        }),
    }),
    environment: "sandbox",
    integrations: [],
    contract: loadContract(ROOT),
    jobs: async () => [],
    color: false,
    random: Math.random,
    signal: new AbortController().signal,
    defer: (_name, cleanup) => void deferred.push(cleanup),
    reports: base,
    copies: platform.copies,
    sockets: path.join(base, "s"),
    inputs: {},
    actor: "test",
    width: 120,
  };
}

async function cleanUp(): Promise<void> {
  for (const cleanup of deferred.splice(0).reverse()) await cleanup();
}

afterAll(async () => {
  await cleanUp();
  expect(await host.list(path.join(base, "lab")).catch(() => [])).toEqual([]);
  rmSync(base, { recursive: true, force: true });
}, 120_000);

describe("ops verify --self-test", () => {
  let checkout: Checkout;
  beforeAll(() => {
    checkout = makeCheckout();
  });
  afterAll(() => checkout.remove(), 120_000);

  it(
    `catches every kind and raises no alarm in ${ROUNDS} clean rounds`,
    async () => {
      const since = Date.now();
      const { code, result } = await checkout.json("verify", "--self-test", "--rounds", String(ROUNDS));
      const found = result.json as SelfTest;
      const seconds = ((Date.now() - since) / 1000).toFixed(0);
      console.log(`${renderSelfTest(found, { color: false, width: 120 })}\n${seconds} s in all`);
      expect(totalsOf(found)).toEqual({
        kinds: FAULTS.length,
        caught: FAULTS.length,
        missed: 0,
        notInjected: 0,
        rounds: ROUNDS,
        falseAlarms: 0,
        undecided: 0,
      });
      expect([code, result.verdict]).toEqual([0, "pass"]);
      expect((result.facts as { selfTest: unknown }).selfTest).toMatchObject({ caught: FAULTS.length });
    },
    HOUR,
  );
});

describe("without faults", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(context());
  }, 120_000);
  afterAll(cleanUp, 60_000);

  it("a copy that is only promoted before it is compared raises no alarm", async () => {
    const trial = await onCopy("select 1").call(undefined, bench);
    const { checks, failures } = await verifyOnce(bench, trial, RESTORE_CHECKS);
    expect(failures).toEqual([]);
    expect(checks.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
  }, 120_000);

  it("a backup into a copy of the repository that has room and may be written to succeeds", async () => {
    const { backups } = await bench.cluster.copyRepository();
    expect((await backups.backupEngine.backup("full")).warnings).toEqual([]);
  }, 120_000);

  it("damage that PostgreSQL reports itself is a failed check and no bug", async () => {
    const [row] = await bench.cluster.source.query<{ file: string }>(
      bench.cluster.database,
      "select pg_relation_filepath('public.certificates') as file",
    );
    const { failures } = await verifyOnce(
      bench,
      {
        async onStop(stage, copy) {
          if (stage === "at-checkpoint")
            await bench.cluster.injector.flipByte(path.join(copy.dataDirectory, row!.file));
        },
      },
      RESTORE_CHECKS,
    );
    expect(failures).toContainEqual(
      expect.objectContaining({ name: "content", detail: expect.stringContaining("invalid page") }),
    );
  }, 120_000);
});

/** Of each check's faults at most so many are repeated without it; the first and the last one. */
const PER_LAYER = 2;

it(
  "says which kinds are no longer caught when any one check is deleted",
  async () => {
    const bench = await openBench(context());
    const missed = new Map<string, string[]>();
    for (const { name } of RESTORE_CHECKS) {
      const own = FAULTS.filter(({ expected }) => expected === name);
      const chosen = [...own.slice(0, PER_LAYER - 1), ...own.slice(-1)];
      const restoreChecks = RESTORE_CHECKS.filter((restoreCheck) => restoreCheck.name !== name);
      const faults = await injectFaults(bench.context, bench, {
        restoreChecks,
        only: (fault) => chosen.includes(fault),
      });
      const kinds = faults.filter(({ outcome }) => outcome === "missed").map(({ kind }) => kind);
      missed.set(name, kinds);
      const table = renderSelfTest({ faults, rounds: [] }, { color: false, width: 120 });
      for (const kind of kinds) expect(table).toMatch(new RegExp(`${kind}\\s*│ NO`));
      console.log(`without ${name}: ${kinds.join(", ")}`);
    }
    await cleanUp();
    for (const [name, kinds] of missed)
      expect(kinds, `${name} was deleted and nobody noticed`).not.toEqual([]);
  },
  HOUR,
);

describe("a self-test that is killed", () => {
  let checkout: Checkout;
  let child: ChildProcess | undefined;
  beforeAll(() => {
    checkout = makeCheckout();
  });
  afterAll(async () => {
    child?.kill("SIGKILL");
    await checkout.remove();
  }, 120_000);

  it("leaves nothing that the next one does not remove", async () => {
    const state = path.join(checkout.root, "../state");
    const labs = (): Promise<string[]> => host.list(path.join(state, "self-test")).catch(() => []);
    const env = { ...process.env, OPS_HOME: checkout.home, OPS_STATE: state };
    const started = (rounds: string): ChildProcess =>
      spawn(
        process.execPath,
        [path.join(checkout.root, "ops"), "verify", "--self-test", "--rounds", rounds],
        {
          cwd: checkout.root,
          env,
          stdio: "ignore",
        },
      );
    child = started("100");
    // initdb's own short-lived server writes such a file too and takes it away again: only one that is ready counts.
    const pid = await vi.waitFor(
      async () => {
        const [found = "?"] = await labs();
        const lock = await host.readText(path.join(state, "self-test", found, "source/data/postmaster.pid"));
        expect(lock).toMatch(/^ready\s*$/m);
        return Number.parseInt(lock, 10);
      },
      { timeout: 60_000, interval: 200 },
    );
    child.kill("SIGKILL");
    const left = (await labs())[0]!;

    child = started("0");
    await vi.waitFor(
      async () => {
        const found = await labs();
        expect(found).toHaveLength(1);
        expect(found).not.toContain(left);
      },
      { timeout: 60_000, interval: 200 },
    );
    expect((await host.run("ps", ["-o", "args=", "-p", String(pid)])).stdout).not.toContain(left);
    child.kill("SIGINT");
    await vi.waitFor(async () => expect(await labs()).toEqual([]), { timeout: 60_000, interval: 200 });
    await vi.waitFor(() => expect(child?.exitCode).toBe(130), { timeout: 60_000 });
  }, 240_000);
});
