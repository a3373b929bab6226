// Evidence of commit a28182a, from before the rooms: a backup, two drills, a verification, coverage and a dump of the sandbox.
// It is years that evidence must outlive, so it is never made anew: what reads it has to keep up.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const ROOT = path.resolve(__dirname, "../..");
let home: string;

beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), "ops-old-"));
  execFileSync("tar", ["-xzf", path.join(ROOT, "test/fixtures/evidence-a28182a.tar.gz"), "-C", home]);
});
afterAll(() => rmSync(home, { recursive: true }));

function ops<Result>(...args: string[]): Result {
  // Its exit code follows the verdict, which is not what is asked here.
  const { stdout } = spawnSync(process.execPath, [path.join(ROOT, "ops"), ...args, "--json"], {
    env: { ...process.env, OPS_HOME: home, OPS_STATE: path.join(home, "state") },
    encoding: "utf8",
  });
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; verdict: string; json: Result });
  return events.find(({ type }) => type === "result")!.json;
}

it("is intact by the verifier that knows nothing of this repository", () => {
  const verifier = path.join(ROOT, "scripts/verify-evidence.mjs");
  const ledger = path.join(home, "evidence/sandbox");
  const head = path.join(home, "heads/sandbox.dsse.json");
  const key = path.join(home, "keys/ed25519.pub.pem");
  const said = execFileSync(process.execPath, [verifier, ledger, "--head", head, "--key", key], {
    encoding: "utf8",
  });
  expect(said).toContain("9 entries");
});

interface Row {
  clause: string;
  last?: { job: string; verdict: string };
}

it("still counts for the contract", () => {
  const { clauses } = ops<{ clauses: Row[] }>("status");
  const last = (id: string): Row["last"] => clauses.find(({ clause }) => clause === id)?.last;
  expect(last("DR-DRILL")).toMatchObject({ job: "drill", verdict: "pass" });
  expect(last("DR-BACKUP")).toMatchObject({ verdict: "pass" });
});

interface Drill {
  ending: string;
  verdict: string;
  scenarios: unknown[];
  announced: object;
}

it("still tells both drills, with what was predicted", () => {
  const { drills } = ops<{ drills: Drill[] }>("drills");
  expect(drills).toHaveLength(2);
  for (const drill of drills) {
    expect(drill).toMatchObject({ ending: "finished", verdict: "pass" });
    expect(drill.scenarios).toHaveLength(3);
    expect(Object.keys(drill.announced)).toEqual(["a", "b", "c"]);
  }
});
