// Validators as standalone code that ajv generates once and a cache keeps: running it needs neither ajv nor the schema's text.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Script } from "node:vm";
import type { ErrorObject } from "ajv";

export type Generated = ((value: unknown) => boolean) & { errors?: ErrorObject[] | null };

const load = createRequire(__filename);

/** Where generated code is kept: beside the packages it was generated with, and gone with them. */
const CACHE = path.resolve(__dirname, "../../node_modules/.cache/netedu-ops");

export function ajvVersion(): string {
  return (load("ajv/package.json") as { version: string }).version;
}

/**
 * The validator kept under a name, or a new one.
 * @param name below the cache; everything that the code depends on must be in it
 * @param generate code of a CommonJS module that exports the validator; undefined = there is none
 */
export function standalone(name: string, generate: () => string): Generated;
export function standalone(name: string, generate: () => string | undefined): Generated | undefined;
export function standalone(name: string, generate: () => string | undefined): Generated | undefined {
  const file = path.join(CACHE, name);
  try {
    return run(readFileSync(file, "utf8"));
  } catch {
    // not generated yet, or cut off: generated anew
  }
  const code = generate();
  if (code === undefined) return undefined;
  keep(file, code);
  return run(code);
}

/** A cache that cannot be written is no cache: the code is there all the same. */
function keep(file: string, code: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, code);
    renameSync(unfinished, file);
  } catch {
    // read-only checkout, full disk
  }
}

function run(code: string): Generated {
  const module = { exports: undefined as unknown };
  const start = new Script(`(function (module, exports, require) {${code}\n})`).runInThisContext() as (
    module: { exports: unknown },
    exports: unknown,
    require: NodeJS.Require,
  ) => void;
  start(module, {}, load);
  if (typeof module.exports !== "function") throw new Error("this is no generated validator");
  return module.exports as Generated;
}
