// The loader that `ops` starts through: what runs is always what the sources say now, and errors name their own lines.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = path.resolve(__dirname, "../../..");
let home = "";
const at = (file: string): string => path.join(home, file);
const cache = (): string => at("node_modules/.cache/netedu-ops");

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "ops-loader-"));
  mkdirSync(at("scripts/bin"), { recursive: true });
  mkdirSync(at("node_modules"));
  cpSync(path.join(ROOT, "scripts/bin/loader.cjs"), at("scripts/bin/loader.cjs"));
  symlinkSync(path.join(ROOT, "node_modules/esbuild"), at("node_modules/esbuild"));
  writeFileSync(at("start.cjs"), 'require("./scripts/bin/loader.cjs").register();\nrequire("./main.ts");\n');
  writeFileSync(at("greeting.ts"), 'export const greeting: string = "one";\n');
  writeFileSync(
    at("main.ts"),
    'import { greeting } from "./greeting";\ninterface Never {\n  seen: true;\n}\nvoid (async () => {\n  const { shout } = await import("./shout.js");\n  console.log(shout(greeting));\n})();\n',
  );
  writeFileSync(at("shout.ts"), "export const shout = (text: string): string => text.toUpperCase();\n");
});
afterEach(() => rmSync(home, { recursive: true }));

const run = (): string => {
  const { stdout, stderr } = spawnSync(process.execPath, [at("start.cjs")], { encoding: "utf8" });
  return stdout.trim() || stderr;
};

it("runs what a source says now, however its times were set, and keeps what it compiled", () => {
  expect(run()).toBe("ONE");
  const kept = readdirSync(cache()).filter((file) => file.endsWith(".json"));
  expect(kept).toHaveLength(1);
  // Without a compiler only what is kept can run.
  rmSync(at("node_modules/esbuild"));
  mkdirSync(at("node_modules/esbuild"));
  cpSync(path.join(ROOT, "node_modules/esbuild/package.json"), at("node_modules/esbuild/package.json"));
  expect(run()).toBe("ONE");
  writeFileSync(at("greeting.ts"), 'export const greeting: string = "two";\n');
  expect(run()).toMatch(/Cannot find module .*esbuild/);
  rmSync(at("node_modules/esbuild"), { recursive: true });
  symlinkSync(path.join(ROOT, "node_modules/esbuild"), at("node_modules/esbuild"));
  expect(run()).toBe("TWO");
});

it.each([
  ["cut off", '[["a'],
  ["of another shape", '{"a":1}'],
  ["empty", ""],
])("compiles anew when the cache is %s", (_, text) => {
  run();
  const [file] = readdirSync(cache()).filter((name) => name.endsWith(".json"));
  writeFileSync(path.join(cache(), file!), text);
  expect(run()).toBe("ONE");
});

it("names the line that a person wrote, from the cache too", () => {
  writeFileSync(
    at("shout.ts"),
    'interface Long {\n  a: string;\n  b: string;\n}\nexport const shout = (text: string): string => {\n  const long: Long = { a: text, b: "" };\n  throw new Error(long.a);\n};\n',
  );
  for (const _ of ["compiled", "kept"]) expect(run()).toMatch(/shout\.ts:7:9/);
});

it("works where nothing can be kept", () => {
  rmSync(cache(), { recursive: true, force: true });
  writeFileSync(at("node_modules/.cache"), "a file where a directory should be");
  expect([run(), run()]).toEqual(["ONE", "ONE"]);
});

describe("loads where it is used", () => {
  const offer = (manifest: object, files: Readonly<Record<string, string>>): void => {
    mkdirSync(at("node_modules/offered"));
    writeFileSync(
      at("node_modules/offered/package.json"),
      JSON.stringify({ name: "offered", version: "1.0.0", ...manifest }),
    );
    for (const [file, text] of Object.entries(files)) writeFileSync(at(`node_modules/offered/${file}`), text);
    writeFileSync(
      at("main.ts"),
      'void import("offered").then(({ name }) => console.log(name), (error) => console.log(error.code ?? error.message));\n',
    );
  };

  it.each<[string, object, Record<string, string>, string]>([
    ["a CommonJS package", { main: "a.js" }, { "a.js": 'exports.name = "common";' }, "common"],
    [
      "a package of ES modules",
      { type: "module", exports: "./a.js" },
      { "a.js": 'export const name = "es";' },
      "es",
    ],
    [
      "one that offers nothing to require",
      { type: "module", exports: { ".": { import: "./a.js" } } },
      { "a.js": 'export const name = "import only";' },
      "import only",
    ],
    [
      "one that awaits while it loads",
      { type: "module", exports: "./a.js" },
      { "a.js": 'export const name = await Promise.resolve("late");' },
      "late",
    ],
    [
      "as CommonJS what is offered as both",
      { exports: { require: "./a.cjs", import: "./a.mjs" } },
      { "a.cjs": 'exports.name = "required";', "a.mjs": 'export const name = "imported";' },
      "required",
    ],
    ["nothing instead of what fails", { main: "a.js" }, { "a.js": 'throw new Error("broken");' }, "broken"],
    ["nothing instead of what is not there", { main: "gone.js" }, {}, "MODULE_NOT_FOUND"],
  ])("%s", (_, manifest, files, expected) => {
    offer(manifest, files);
    expect(run()).toBe(expected);
    expect(run()).toBe(expected);
  });
});
