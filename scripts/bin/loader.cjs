// Lets Node run the TypeScript sources. What a source compiles to is kept in one file below node_modules/.cache under the
// digest of the source's text, read anew at each start: changed text has another digest, so stale code cannot run.
// Plain JavaScript, because it must run before TypeScript can. Knows nothing of what the sources do.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

/** Compiled sources that are kept; those used longest ago go first. */
const KEPT = 1500;

/** `import()` becomes `require`, which this loader serves. */
const OPTIONS = {
  loader: "ts",
  format: "cjs",
  platform: "node",
  target: "node20.11",
  supported: { "dynamic-import": false },
  sourcemap: "inline",
  sourcesContent: false,
};

/** How esbuild then writes `import("a-package")`. */
const PACKAGE = /Promise\.resolve\(\)\.then\(\(\) => __toESM\(require\(("[^".][^"]*")\)\)\)/g;

/**
 * A package that is only to be had as an ES module is imported as Node does it. Required first all the same: most are CommonJS,
 * and `import()` of those starts a second loader, 10 to 30 ms.
 */
const orImported = (code) =>
  code.replace(
    PACKAGE,
    (required, name) =>
      `${required}.catch((error) => /^ERR_(REQUIRE_ESM|REQUIRE_ASYNC_MODULE|PACKAGE_PATH_NOT_EXPORTED)$/.test(error.code) ? import(${name}) : Promise.reject(error))`,
  );

const digestOf = (text) => createHash("sha256").update(text).digest("hex");

/** Another compiler, another loader, other options: another cache. */
const EPOCH = digestOf(readFileSync(__filename) + require("esbuild/package.json").version).slice(0, 16);
const ROOM = path.resolve(__dirname, "../../node_modules/.cache/netedu-ops");
const CACHE = path.join(ROOM, `${EPOCH}.json`);

function remembered() {
  try {
    return new Map(JSON.parse(readFileSync(CACHE, "utf8")));
  } catch {
    return new Map();
  }
}

exports.register = function register() {
  const known = remembered();
  const used = new Map();
  const running = new Map();
  let added = 0;

  const compiled = (file) => {
    const source = readFileSync(file, "utf8");
    // The base name stands in the source map, which is looked up beside the file.
    const key = digestOf(`${path.basename(file)}\0${source}`);
    let code = known.get(key);
    if (code === undefined) {
      const { transformSync } = require("esbuild");
      code = orImported(transformSync(source, { ...OPTIONS, sourcefile: path.basename(file) }).code);
      added++;
    }
    used.set(key, code);
    running.set(file, code);
    return code;
  };

  nameOwnLines(running);
  Module.enableCompileCache?.(path.join(ROOM, "v8"));
  Module._extensions[".ts"] = (module, file) => module._compile(compiled(file), file);

  const resolve = Module._resolveFilename;
  Module._resolveFilename = (request, parent, ...rest) =>
    sourceOf(request, parent?.filename) ?? resolve(request, parent, ...rest);

  process.on("exit", () => {
    if (added > 0) keep([...used, ...[...known].filter(([key]) => !used.has(key))].slice(0, KEPT));
  });
};

/**
 * Stacks name lines of the sources. Node does that too (`--enable-source-maps`), but reads every map at the start, which is a
 * sixth of a short command's time; most commands never show a stack.
 * @param running what runs, by the source's file; each with its map at the end
 */
function nameOwnLines(running) {
  const maps = new Map();
  const mapOf = (file) => {
    if (!maps.has(file) && running.has(file)) {
      const code = running.get(file);
      const encoded = code.slice(code.lastIndexOf("base64,") + "base64,".length);
      maps.set(file, new Module.SourceMap(JSON.parse(Buffer.from(encoded, "base64").toString())));
    }
    return maps.get(file);
  };
  const shown = (frame) => {
    const found = mapOf(frame.getFileName())?.findEntry(
      frame.getLineNumber() - 1,
      frame.getColumnNumber() - 1,
    );
    if (found?.originalLine === undefined) return String(frame);
    return String(frame).replace(
      /:\d+:\d+(?=\)?$)/,
      `:${found.originalLine + 1}:${found.originalColumn + 1}`,
    );
  };
  Error.prepareStackTrace = (error, frames) =>
    [Error.prototype.toString.call(error), ...frames.map((frame) => `    at ${shown(frame)}`)].join("\n");
}

/**
 * What a source means by `./x`: a source beside it. Node would look for four other files first.
 * TypeScript's own spelling of a relative import() is `./x.js`, also where `./x.ts` is meant.
 */
function sourceOf(request, from) {
  if (!request.startsWith(".") || !from?.endsWith(".ts")) return undefined;
  const base = path.resolve(path.dirname(from), request);
  return [`${base}.ts`, base.replace(/\.js$/, ".ts"), path.join(base, "index.ts")].find(
    (file) => file !== base && isFile(file),
  );
}

function isFile(file) {
  try {
    return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false; // below a file, not a directory
  }
}

/** Two commands may end at once: each puts a whole file in place, and the last one stays. */
function keep(entries) {
  try {
    mkdirSync(ROOM, { recursive: true });
    writeFileSync(`${CACHE}.${process.pid}`, JSON.stringify(entries));
    renameSync(`${CACHE}.${process.pid}`, CACHE);
  } catch {
    // A read-only checkout compiles at each start.
  }
}
