// The loader that `ops` starts through: what runs is always what the sources say now, and errors name their own lines.
import { execFile, execFileSync, spawnSync } from "node:child_process";
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
  cpSync(path.join(ROOT, "scripts/bin"), at("scripts/bin"), { recursive: true });
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
  const kept = readdirSync(cache()).filter((file) => file.endsWith(".code"));
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
  const [file] = readdirSync(cache()).filter((name) => name.endsWith(".code"));
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

it("loads a module when it is first used, and keeps the names of imports apart", () => {
  writeFileSync(
    at("main.ts"),
    'import { greeting } from "./greeting";\nimport { loud } from "./loud";\nconsole.log(process.argv[2] === "loud" ? loud(greeting) : "quiet");\n',
  );
  writeFileSync(
    at("loud.ts"),
    'console.log("loaded");\nexport const loud = (text: string): string => text + "!";\n',
  );
  const said = (...words: string[]): string =>
    spawnSync(process.execPath, [at("start.cjs"), ...words], { encoding: "utf8" }).stdout.trim();
  for (const _ of ["compiled", "kept"]) {
    expect(said()).toBe("quiet");
    expect(said("loud")).toBe("loaded\none!");
  }
});

it("keeps what V8 compiled, for packages too, and takes up a change of them", () => {
  mkdirSync(at("node_modules/shouting"));
  const file = at("node_modules/shouting/index.js");
  writeFileSync(file, "exports.shout = (text) => text.toUpperCase();\n");
  writeFileSync(at("shout.ts"), 'export { shout } from "shouting";\n');
  for (const _ of ["compiled", "kept", "still"]) expect(run()).toBe("ONE");
  writeFileSync(file, "exports.shout = (text) => text.toUpperCase() + 1;\n");
  expect([run(), run()]).toEqual(["ONE1", "ONE1"]);
});

it("runs a package that loads ES modules by itself", () => {
  mkdirSync(at("node_modules/shouting"));
  writeFileSync(at("node_modules/shouting/louder.mjs"), "export default (text) => text.toUpperCase();\n");
  writeFileSync(
    at("node_modules/shouting/index.js"),
    'exports.shout = async (text) => (await import("./louder.mjs")).default(text);\n',
  );
  writeFileSync(
    at("main.ts"),
    'import { greeting } from "./greeting";\nimport { shout } from "shouting";\nvoid shout(greeting).then(console.log);\n',
  );
  for (const _ of ["compiled", "kept"]) expect(run()).toBe("ONE");
});

it("leaves an ES module that a package requires to Node, which says whether it can", () => {
  mkdirSync(at("node_modules/shouting"));
  writeFileSync(at("node_modules/shouting/louder.mjs"), "export default (text) => text.toUpperCase();\n");
  writeFileSync(
    at("node_modules/shouting/index.js"),
    'let louder;\ntry {\n  louder = require("./louder.mjs").default;\n} catch (error) {\n  if (error.code !== "ERR_REQUIRE_ESM") throw error;\n  louder = (text) => text.toUpperCase();\n}\nexports.shout = louder;\n',
  );
  writeFileSync(at("shout.ts"), 'export { shout } from "shouting";\n');
  for (const _ of ["compiled", "kept"]) expect(run()).toMatch(/^ONE$/m);
});

it("imports a package that is only to be had as an ES module, at the place of use", () => {
  mkdirSync(at("node_modules/modern"));
  writeFileSync(
    at("node_modules/modern/package.json"),
    '{"name":"modern","type":"module","exports":{"import":"./index.js"}}',
  );
  writeFileSync(at("node_modules/modern/index.js"), "export const shout = (text) => text.toUpperCase();\n");
  writeFileSync(
    at("main.ts"),
    'import { greeting } from "./greeting";\nvoid (async () => {\n  const { shout } = await import("modern");\n  console.log(shout(greeting));\n})();\n',
  );
  for (const _ of ["compiled", "kept"]) expect(run()).toBe("ONE");
});

it("keeps a whole cache when several commands end at once", async () => {
  const all = await Promise.all(
    Array.from(
      { length: 6 },
      () =>
        new Promise<string>((resolve) => {
          execFile(process.execPath, [at("start.cjs")], (_, stdout, stderr) =>
            resolve(stdout.trim() || stderr),
          );
        }),
    ),
  );
  expect(all).toEqual(Array.from({ length: 6 }, () => "ONE"));
  expect(readdirSync(cache())).toHaveLength(1);
  expect(run()).toBe("ONE");
});

it("compiles everything beforehand, so that nothing is left to compile where nothing can be written", () => {
  for (const room of ["k8s", "policies", "stacks"]) mkdirSync(at(room));
  cpSync(at("main.ts"), at("scripts/main.ts"));
  for (const file of ["greeting.ts", "shout.ts"]) cpSync(at(file), at(`scripts/${file}`));
  execFileSync(process.execPath, [at("scripts/bin/compile.cjs")]);
  rmSync(at("node_modules/esbuild"));
  mkdirSync(at("node_modules/esbuild"));
  cpSync(path.join(ROOT, "node_modules/esbuild/package.json"), at("node_modules/esbuild/package.json"));
  expect(run()).toBe("ONE");
});

it("names the lines of each checkout where several share their packages", () => {
  const text = "export const shout = (text: string): string => {\n  throw new Error(text);\n};\n";
  writeFileSync(at("shout.ts"), text);
  for (const _ of ["compiled", "kept"]) expect(run()).toContain(`${at("shout.ts")}:2:9`);
  for (const other of [at(".ops/plan/1"), mkdtempSync(path.join(tmpdir(), "ops-loader-"))]) {
    mkdirSync(other, { recursive: true });
    for (const file of ["scripts", "start.cjs", "main.ts", "greeting.ts", "shout.ts"])
      cpSync(at(file), path.join(other, file), { recursive: true });
    symlinkSync(at("node_modules"), path.join(other, "node_modules"));
    for (const _ of ["first", "second"]) {
      const { stderr } = spawnSync(process.execPath, [path.join(other, "start.cjs")], { encoding: "utf8" });
      expect(stderr).toContain(`${path.join(other, "shout.ts")}:2:9`);
    }
    rmSync(other, { recursive: true });
  }
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
