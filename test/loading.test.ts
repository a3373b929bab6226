// Loading a module of scripts does nothing but declare: the launcher loads each when its first name is used, in whatever order.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const ROOT = path.resolve(__dirname, "..");
const directory = mkdtempSync(path.join(tmpdir(), "ops-loading-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** What is started as a process of its own says so. */
const PROGRAM = /\bprocess\.argv\b/;

const MODULES = readdirSync(path.join(ROOT, "scripts"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => path.join(ROOT, "scripts", file))
  .filter((file) => !PROGRAM.test(readFileSync(file, "utf8")) && path.basename(file) !== "ops.ts");

async function load(files: readonly string[]): Promise<string[]> {
  const args = ["--require", path.join(ROOT, "test/sources.cjs"), path.join(ROOT, "test/loading.cjs")];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args, JSON.stringify(files)], {
    cwd: ROOT,
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as string[];
}

it("does nothing but declare", async () => {
  expect(MODULES.length).toBeGreaterThan(300);
  expect(await load(MODULES)).toEqual([]);
});

it.each([
  ["a process", 'import { spawn } from "node:child_process"; export const child = spawn("true");', "spawn"],
  [
    "a directory",
    'import { mkdirSync } from "node:fs"; mkdirSync("/tmp", { recursive: true });',
    "mkdirSync",
  ],
  [
    "a timer",
    "export const timer = setInterval(() => {}, 1000); setTimeout(() => clearInterval(timer), 50);",
    "holds",
  ],
])("%s made on loading is noticed", async (_, text, named) => {
  const file = path.join(directory, `${named}.ts`);
  writeFileSync(file, text);
  expect((await load([file])).join()).toContain(named);
});
