// A slip of the keyboard makes nothing: no environment, no ledger, no key, no directory.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pathsOf } from "../../../scripts/machine/paths";

const ROOT = path.resolve(__dirname, "../../..");
let base: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), "ops-typo-"));
});
afterEach(() => rmSync(base, { recursive: true }));

function run(program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const env = {
    ...process.env,
    NO_COLOR: "1",
    OPS_HOME: `${base}/home`,
    OPS_STATE: `${base}/state`,
    ...more,
  };
  const { status, stderr, stdout } = spawnSync(process.execPath, [path.join(ROOT, program), ...args], {
    cwd: base,
    encoding: "utf8",
    env,
  });
  return { code: status, stderr, stdout };
}

const UNKNOWN = 12;
const USAGE = 2;

describe("nothing is made by", () => {
  it.each<[string, string[], NodeJS.ProcessEnv, number, RegExp]>([
    ["an unknown environment", ["roster", "--env", "prdo"], {}, UNKNOWN, /no environment is called prdo/],
    [
      "an unknown environment to verify",
      ["evidence", "verify", "--env", "stagin"],
      {},
      UNKNOWN,
      /did you mean/,
    ],
    ["an empty environment", ["evidence", "verify", "--env", ""], {}, USAGE, /--env is empty/],
    ["an unknown platform", ["backup", "--platform", "sandbx"], {}, UNKNOWN, /no platform is called sandbx/],
    [
      "one in the environment",
      ["roster"],
      { OPS_PLATFORM: "sandbx" },
      UNKNOWN,
      /no platform is called sandbx/,
    ],
    ["an empty one there", ["roster"], { OPS_PLATFORM: "" }, USAGE, /--platform is empty/],
    [
      "evidence for an environment without a platform",
      ["roster", "--env", "prod"],
      {},
      UNKNOWN,
      /not exactly one platform is declared for prod/,
    ],
    ["an empty OPS_HOME", ["roster"], { OPS_HOME: "" }, USAGE, /OPS_HOME is empty/],
    ["a relative OPS_HOME", ["roster"], { OPS_HOME: "home" }, USAGE, /OPS_HOME is the relative path home/],
    ["an empty OPS_STATE", ["roster"], { OPS_STATE: "" }, USAGE, /OPS_STATE is empty/],
    ["a look at evidence that nobody left", ["evidence", "verify"], {}, 3, /^/],
    [
      "a handover of evidence that nobody left",
      ["evidence", "export", "out"],
      {},
      USAGE,
      /holds no evidence yet/,
    ],
  ])("%s", (_, args, env, code, message) => {
    const ran = run("ops", args, env);
    expect(ran).toMatchObject({ code, stderr: expect.stringMatching(message) });
    expect(readdirSync(base)).toEqual([]);
  });
});

it("a ledger is begun by the first job that leaves evidence, and verified from then on", () => {
  expect(run("ops", ["roster", "--env", "sandbox"]).code).toBeLessThan(2);
  expect(run("ops", ["evidence", "verify"])).toMatchObject({ code: 0 });
  expect(readdirSync(`${base}/home/evidence`)).toEqual(["sandbox"]);
});

it("the standalone verifier says that a directory is no ledger, rather than that a ledger is empty or damaged", () => {
  run("ops", ["roster"]);
  const [head, key] = [`${base}/home/heads/sandbox.dsse.json`, `${base}/home/keys/ed25519.pub.pem`];
  const verify = (directory: string) =>
    run("scripts/verify-evidence.mjs", [directory, "--head", head, "--key", key]);
  mkdirSync(`${base}/photos`);
  writeFileSync(`${base}/photos/one.jpg`, "");
  for (const directory of [`${base}/photos`, `${base}/home`])
    expect(verify(directory)).toMatchObject({ code: USAGE, stderr: expect.stringMatching(/is no ledger/) });
  expect(verify(`${base}/home/evidence/sandbox`).code).toBe(0);
  expect(existsSync(`${base}/photos/one.jpg`)).toBe(true);
});

it("the state of another user is not looked for in a relative place", () => {
  expect(path.isAbsolute(pathsOf("/x", { XDG_STATE_HOME: "" }).state)).toBe(true);
});
