// Coverage held against what a real repository can really do: at the edges of what it claims, a restore succeeds on one
// side and fails on the other; and what is drawn from the claim restores.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost } from "../../scripts/machine";
import { type Checkout, makeCheckout } from "../e2e/checkout";

let checkout: Checkout;
/** Place, in the order of archiving, of a segment between the two backups. */
let between: number;
/** When the second backup's checkpoint was taken, soon after the backup. */
let secondCheckpoint: string;
const host = createHost();
const stash = mkdtempSync("/tmp/opscov-");

interface Gap {
  from: string;
  to: string;
  reason: { kind: string; from?: string };
}
interface CoverageJson {
  days: { date: string; state: string; gaps: Gap[] }[];
  restorable: { from: string; to: string }[];
  exercised: { at: string; verdict: string; drawn: boolean }[];
  bound: { n: number; failures: number; exact: number };
  next: string[];
}

async function coverage(): Promise<{ code: number; verdict: unknown; json: CoverageJson; gaps: Gap[] }> {
  const { code, result } = await checkout.json("coverage");
  const facts = result.facts as { gaps: Gap[] };
  return { code, verdict: result.verdict, json: result.json as CoverageJson, gaps: facts.gaps };
}

const sandbox = (): string => path.join(checkout.home, "../state/sandbox");
const shifted = (instant: string, milliseconds: number): string =>
  new Date(Date.parse(instant) + milliseconds).toISOString();

/** Also writes down all that a verification told, so that a red test says why. */
async function verifyAt(instant: string): Promise<{ verdict: unknown; failed: string[] }> {
  const { code, result } = await checkout.json("verify", "--to", instant);
  const checks = (result.checks ?? []) as { name: string; verdict: string; detail: string }[];
  const told = checks.map(({ name, verdict, detail }) => `  ${verdict} ${name}: ${detail}`);
  console.log([`verify --to ${instant}: exit ${code}, ${result.verdict}`, ...told].join("\n"));
  return {
    verdict: result.verdict,
    failed: checks.filter(({ verdict }) => verdict === "fail").map(({ name }) => name),
  };
}

/** Archived segments of a timeline, oldest first. */
function archived(timeline = 1): string[] {
  const archive = path.join(sandbox(), "pgbackrest/repository/archive/learning/15-1");
  const prefix = timeline.toString(16).padStart(8, "0");
  return readdirSync(archive, { recursive: true, encoding: "utf8" })
    .filter((file) => new RegExp(`/${prefix}[0-9A-F]{16}-[0-9a-f]{40}`).test(file))
    .sort()
    .map((file) => path.join(archive, file));
}
const nameOf = (file: string): string => path.basename(file).slice(0, 24);

/** So many segments more than now: the sandbox fills one at least every ten seconds. */
async function moreWal(segments: number, timeline = 1): Promise<void> {
  const wanted = archived(timeline).length + segments;
  while (archived(timeline).length < wanted) await sleep(500);
}

beforeAll(async () => {
  checkout = makeCheckout();
  expect((await checkout.ops("sandbox", "up", "--scale", "0.02")).code).toBe(0);
  expect((await checkout.ops("backup")).code).toBe(0);
  between = archived().length + 1;
  await moreWal(4);
  const second = await checkout.json("backup");
  expect(second.code).toBe(0);
  secondCheckpoint = (second.result.facts as { checkpoint: { at: string } }).checkpoint.at;
  await moreWal(2);
}, 300_000);
afterAll(async () => {
  await checkout.remove();
  rmSync(stash, { recursive: true, force: true });
});

describe("a whole history", () => {
  it("is restorable from the first backup to the last archived commit; the days before it are no pass", async () => {
    const { code, verdict, json, gaps } = await coverage();
    expect({ code, verdict }).toEqual({ code: 3, verdict: "inconclusive" });
    expect(json.restorable).toHaveLength(1);
    expect(gaps.map(({ reason }) => reason.kind)).toEqual(["younger", "not-archived"]);
    expect(json.days).toHaveLength(31);
    expect(json.bound).toMatchObject({ n: 0, exact: 1 });
  });
});

describe("a WAL segment is lost between two backups", () => {
  let hole: Gap;
  let moved: { from: string; to: string };

  beforeAll(async () => {
    // After the first backup's checkpoint and well before the second backup.
    const victim = archived()[between]!;
    moved = { from: victim, to: path.join(stash, path.basename(victim)) };
    execFileSync("cp", ["-p", victim, moved.to]);
    rmSync(victim);
    const { code, verdict, gaps } = await coverage();
    expect({ code, verdict }).toEqual({ code: 1, verdict: "fail" });
    hole = gaps.find(({ reason }) => reason.kind === "wal-missing")!;
  }, 60_000);

  it("the gap names it", () => {
    expect(hole.reason.from).toBe(nameOf(moved.from));
  });

  it("its edges are exact: the last instant before it restores, the next does not", async () => {
    // A verification of one instant also speaks of WAL behind it; where recovery went is another matter.
    expect((await verifyAt(shifted(hole.from, -1))).failed).toEqual(["wal-contiguity"]);
    const inside = await verifyAt(shifted(hole.from, 1000));
    expect(inside.verdict).toBe("fail");
    expect(inside.failed).toContain("target-reached");
  }, 120_000);

  it("it ends where the next backup begins to be of use, though nothing can be compared before its checkpoint", async () => {
    // Backups end within a second of which the gap includes the rest; a quick checkpoint may lie in it.
    const compared = Date.parse(secondCheckpoint) <= Date.parse(hole.to);
    expect(await verifyAt(hole.to)).toEqual({ verdict: compared ? "pass" : "inconclusive", failed: [] });
    // The gap ends with the second in which the backup ended; a checkpoint within that second proves that it had ended.
    const last = shifted(hole.to, -1);
    const proven = Date.parse(secondCheckpoint) <= Date.parse(last);
    expect((await verifyAt(last)).failed).toEqual(proven ? [] : expect.arrayContaining(["target-reached"]));
  }, 120_000);

  it("random instants are drawn on both sides of it, and pass", async () => {
    const { result } = await checkout.json("verify", "--sample", "2", "--seed", "5");
    const { instants } = result.json as { instants: { at: string; verdict: string }[] };
    expect(instants.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
    for (const { at } of instants) expect(at < hole.from || at >= hole.to).toBe(true);
  }, 120_000);

  it("with the segment back the gap is closed", async () => {
    execFileSync("cp", ["-p", moved.to, moved.from]);
    const { code, gaps } = await coverage();
    expect(code).toBe(3);
    expect(gaps.map(({ reason }) => reason.kind)).toEqual(["younger", "not-archived"]);
  });
});

describe("random instants", () => {
  interface Sampled {
    instants: { at: string; verdict: string; findings: string[] }[];
  }

  it("all pass; the same seed draws the same ones; coverage counts them and bounds what was not drawn", async () => {
    const { json } = await coverage();
    const until = json.restorable[0]!.to;
    const question = ["verify", "--sample", "3", "--seed", "7", "--to", until];
    const { stdout: plan } = await checkout.ops(...question, "--dry-run");
    const { instants } = (await checkout.json(...question)).result.json as Sampled;
    expect(instants.map(({ verdict }) => verdict)).toEqual(["pass", "pass", "pass"]);
    for (const { at } of instants) expect(plan).toContain(at);
    const { json: after } = await coverage();
    expect(after.bound).toMatchObject({ n: 5, failures: 0 });
    expect(after.bound.exact).toBeCloseTo(1 - 0.05 ** (1 / 5));
    expect(after.days.at(-1)!.state).toBe("partial"); // the day on which the first backup was taken
  }, 300_000);

  it("a finding in one of them does not stop the rest", async () => {
    const victim = archived().at(-3)!;
    const kept = path.join(stash, "kept");
    execFileSync("cp", ["-p", victim, kept]);
    writeFileSync(victim, "not a WAL segment");
    try {
      const { code, result } = await checkout.json("verify", "--sample", "2", "--seed", "11");
      const { instants } = result.json as Sampled;
      expect(code).toBe(1);
      expect(instants).toHaveLength(2);
      for (const { findings } of instants) expect(findings).toContain("repository-integrity");
      expect(result.facts).toMatchObject({ exercised: [{ drawn: true }, { drawn: true }] });
    } finally {
      renameSync(kept, victim);
    }
  }, 300_000);

  it("a size that is no whole number is refused", async () => {
    const { code, stderr } = await checkout.ops("verify", "--sample=1.5");
    expect(code).toBe(2);
    expect(stderr).toContain("a whole number");
  });
});

describe("a change of timeline", () => {
  it("leaves a gap about itself, and instants on both sides restore", async () => {
    const data = path.join(sandbox(), "data");
    const control = async (...args: string[]): Promise<void> => {
      const options = { user: "postgres", timeoutSeconds: 60 };
      const result = await host.run(await host.program("pg_ctl"), ["-D", data, "-w", ...args], options);
      expect(result.exitCode, result.stderr + result.stdout).toBe(0);
    };
    await control("-m", "fast", "stop");
    await host.writeText(path.join(data, "standby.signal"), "", { user: "postgres", mode: 0o600 });
    await control("-l", path.join(sandbox(), "log/postgres.log"), "start");
    await control("promote");
    await moreWal(2, 2);
    const { code, gaps, json } = await coverage();
    const change = gaps.find(({ reason }) => reason.kind === "timeline")!;
    expect(change.reason).toMatchObject({ parent: 1, child: 2 });
    // Shorter than the promised loss: no breach.
    expect(code).toBe(3);
    expect(json.restorable).toHaveLength(2);
    expect(await verifyAt(shifted(change.from, -1))).toEqual({ verdict: "pass", failed: [] });
    expect(await verifyAt(change.to)).toEqual({ verdict: "pass", failed: [] });
  }, 300_000);
});
