// Lets Node run the TypeScript sources, and starts them and their packages at once. What a text compiles to, by esbuild and by V8,
// is kept below node_modules/.cache under the digest of the text, which is read anew at each start: changed text has another
// digest, so stale code cannot run. Plain JavaScript, because it must run before TypeScript can.
const { createHash } = require("node:crypto");
const { readFileSync, statSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { Script } = require("node:vm");
const { Kept, keep } = require("./cache.cjs");
const { nameOwnLines } = require("./stack.cjs");

/** `import()` becomes `require`, which this loader serves; nothing that runs here is only to be had as an ES module. */
const OPTIONS = {
  loader: "ts",
  format: "cjs",
  platform: "node",
  target: "node20.11",
  supported: { "dynamic-import": false },
  sourcemap: "external",
  sourcesContent: false,
};

const ROOT = path.resolve(__dirname, "../..");
const [BEFORE, AFTER] = Module.wrapper;
const NOTHING = Buffer.alloc(0);
const PLAINLY = Buffer.from("plainly");
const digestOf = (...texts) => {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text);
  return hash.digest("hex").slice(0, 32);
};

/** Another compiler, another loader, other options, another V8: another cache. */
function cacheFile() {
  const own = ["loader.cjs", "cache.cjs"].map((file) => readFileSync(path.join(__dirname, file)));
  const esbuild = readFileSync(path.join(ROOT, "node_modules/esbuild/package.json"));
  const epoch = digestOf(...own, esbuild, process.version, process.arch).slice(0, 16);
  return path.join(ROOT, "node_modules/.cache/netedu-ops", `${epoch}.code`);
}

/** @returns what compiles a source without running it, to be kept like any other */
exports.register = function register() {
  const file = cacheFile();
  const kept = new Kept(file);
  const used = new Map(); // by key: code, what V8 made of it, source map
  const scripts = new Map(); // those that V8 has made anew, by key
  const running = new Map(); // key, by file

  /** @returns key and code of a source of ours */
  const compiled = (source, name) => {
    const text = readFileSync(source);
    const key = digestOf(name, "\0", text);
    let pieces = used.get(key) ?? kept.get(key);
    if (pieces === undefined) {
      const { code, map } = require("esbuild").transformSync(text.toString(), {
        ...OPTIONS,
        sourcefile: name,
      });
      pieces = [Buffer.from(putOff(code)), NOTHING, Buffer.from(map)];
    }
    used.set(key, pieces);
    running.set(source, key);
    return { key, code: pieces[0].toString() };
  };

  /** A module's body as V8 runs it, from what V8 kept of it where that is of use. */
  const scriptOf = (key, code, filename, cachedData) => {
    const whole = BEFORE + code + AFTER;
    const script = new Script(whole, {
      filename,
      columnOffset: -BEFORE.length,
      cachedData: cachedData?.length > 0 ? cachedData : undefined,
    });
    if (cachedData === undefined || cachedData.length === 0 || script.cachedDataRejected)
      scripts.set(key, script);
    return script;
  };

  const compile = (source) => {
    const { key, code } = compiled(source, path.basename(source));
    return scriptOf(key, code, source, used.get(key)[1]);
  };

  const run = (module, filename, script) => {
    const body = script.runInThisContext();
    body.call(module.exports, module.exports, requireOf(module), module, filename, path.dirname(filename));
  };

  Module._extensions[".ts"] = (module, source) => run(module, source, compile(source));

  const plainly = Module.prototype._compile;
  Module.prototype._compile = function compile(content, filename, ...rest) {
    const key = digestOf(content);
    const known = kept.get(key);
    // A package that loads ES modules needs Node's own way of compiling.
    if (known === undefined ? /\bimport\s*\(|^#!/.test(content) : known[2].length > 0) {
      used.set(key, [NOTHING, NOTHING, PLAINLY]);
      if (known === undefined) scripts.set(key, undefined);
      return plainly.call(this, content, filename, ...rest);
    }
    used.set(key, known ?? [NOTHING, NOTHING, NOTHING]);
    return run(this, filename, scriptOf(key, content, filename, known?.[1]));
  };

  const resolve = Module._resolveFilename;
  Module._resolveFilename = (request, parent, ...rest) =>
    sourceOf(request, parent?.filename) ?? resolve(request, parent, ...rest);

  nameOwnLines((source) => used.get(running.get(source))?.[2].toString());
  process.on("exit", () => {
    if (scripts.size === 0) return;
    for (const [key, script] of scripts)
      if (script !== undefined) used.set(key, used.get(key).with(1, script.createCachedData()));
    const others = [...kept.places.keys()].filter((key) => !used.has(key));
    keep(file, [...used, ...others.map((key) => [key, kept.get(key)]).filter(([, pieces]) => pieces)]);
  });
  return { compile };
};

/**
 * What a source imports is loaded when it is first used, so that a command loads only what it needs. A module's names become
 * accessors, which V8 inlines; `import *`, `export *` and imports for their effects stay as they are.
 * @param code as esbuild writes it: one line an import, and every use of it spelled `import_x.name`
 */
function putOff(code) {
  return code.replace(
    /^var (import_\w+) = ((?:__toESM\()?require\("[^"]+"\)\)?);$/gm,
    (_, variable, load) => {
      const names = new Set(
        [...code.matchAll(new RegExp(`\\b${variable}\\.(\\w+)`, "g"))].map((use) => use[1]),
      );
      return `var ${variable} = require.later(${JSON.stringify([...names])}, () => ${load});`;
    },
  );
}

/** @returns an object with these names, which are those of the module that `load` gives when the first is asked for */
function later(names, load) {
  let loaded;
  const exports = () => {
    loaded ??= load();
    return loaded;
  };
  const exported = {};
  for (const name of names)
    Object.defineProperty(exported, name, { get: () => exports()[name], enumerable: true });
  return exported;
}

/** The `require` that a module is given; Node keeps its own maker of them to itself. */
function requireOf(module) {
  const require = (id) => module.require(id);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  require.later = later;
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
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
