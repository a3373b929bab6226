// Which commit evidence names: that of the checkout, whatever the shell, the hook or the locale that ops was started from.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { commitOf } from "../../../scripts/machine/git";

let base: string;
const at = (name: string): string => path.join(base, name);
const env = (): Record<string, string> => ({ PATH: process.env.PATH ?? "", HOME: base });
const git = (name: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
    cwd: at(name),
    env: env(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();

beforeAll(() => {
  base = mkdtempSync(path.join(tmpdir(), "ops-git-"));
  for (const name of ["ours", "another", "none"]) mkdirSync(at(name));
  for (const name of ["ours", "another"]) {
    git(name, "init", "-q");
    git(name, "commit", "-q", "--allow-empty", "-m", name);
  }
});
afterAll(() => rmSync(base, { recursive: true }));

const HOOK = (): Record<string, string> => ({
  GIT_DIR: at("another/.git"),
  GIT_WORK_TREE: at("another"),
  GIT_INDEX_FILE: at("another/.git/index"),
});

const before = { ...process.env };
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

it.each<[from: string, more: () => Record<string, string>]>([
  ["a shell", () => ({})],
  ["a hook of another repository", HOOK],
  ["a shell whose GIT_DIR is gone", () => ({ GIT_DIR: "/nonexistent" })],
])("from %s, the commit is the checkout's", async (_, more) => {
  Object.assign(process.env, more());
  const commit = git("ours", "rev-parse", "HEAD");
  expect(await commitOf(at("ours"))).toBe(commit);
  expect(await commitOf(at("none"))).toBe("not a git checkout");
  writeFileSync(at("ours/new"), "");
  expect(await commitOf(at("ours"))).toBe(`${commit} with uncommitted changes`);
  rmSync(at("ours/new"));
});
