// Lets Node run the TypeScript sources, and starts them and their packages at once. What a text compiles to, by esbuild and by V8,
// is kept below node_modules/.cache under the digest of the text, which is read anew at each start: changed text has another
// digest, so stale code cannot run. Plain JavaScript, because it must run before TypeScript can.
const { createHash } = require("node:crypto");
const { readFileSync, realpathSync, statSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { Script } = require("node:vm");
const { Kept, keep } = require("./cache.cjs");
const { nameOwnLines } = require("./stack.cjs");

/** `import()` becomes `require`, which this loader serves; see `orImported`. */
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
  for (const text of texts) hash.update(text).update("\0");
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
  const used = new Map(); // pieces by key: code and source map, or what V8 made
  const fresh = new Map(); // scripts that V8 has made anew, by key
  const maps = new Map(); // source maps, by file
  let added = false;

  const compiled = (source) => {
    const name = path.basename(source);
    const text = readFileSync(source);
    const key = digestOf(name, text);
    let pieces = used.get(key) ?? kept.get(key);
    if (pieces === undefined) {
      const { transformSync } = require("esbuild");
      const { code, map } = transformSync(text.toString(), { ...OPTIONS, sourcefile: name });
      pieces = [Buffer.from(putOff(orImported(code))), Buffer.from(map)];
      added = true;
    }
    used.set(key, pieces);
    maps.set(source, pieces[1]);
    return { key, code: pieces[0].toString() };
  };

  /** From what V8 kept of it where that is of use. V8 writes a file's name into its code: the key must hold the name. */
  const scriptOf = (key, code, filename) => {
    const [cachedData] = kept.get(key) ?? [];
    const options = { filename, columnOffset: -BEFORE.length };
    const script = new Script(BEFORE + code + AFTER, cachedData ? { ...options, cachedData } : options);
    if (cachedData === undefined || script.cachedDataRejected) fresh.set(key, script);
    else used.set(key, [cachedData, NOTHING]);
    return script;
  };

  const stays = inCheckout();
  const compile = (source) => {
    const { key, code } = compiled(source);
    return stays(source) ? scriptOf(digestOf(source, key), code, source) : plainScript(code, source);
  };

  Module._extensions[".ts"] = (module, source) => run(module, source, compile(source));

  const plainly = Module.prototype._compile;
  Module.prototype._compile = function compilePackage(content, filename, ...rest) {
    const key = digestOf(filename, content);
    const known = kept.get(key);
    const script = known?.[1].length > 0 ? undefined : packageScript(key, content, filename, known);
    if (script !== undefined) return run(this, filename, script);
    used.set(key, [NOTHING, PLAINLY]);
    added ||= known === undefined;
    return plainly.call(this, content, filename, ...rest);
  };

  /** @returns undefined for what needs Node's own way of compiling: ES modules, and packages that load some */
  const packageScript = (key, content, filename, known) => {
    if (known === undefined && /\bimport\s*(?:\(|\/[*/])|^#!/.test(content)) return undefined;
    try {
      return scriptOf(key, content, filename);
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  };

  const resolve = Module._resolveFilename;
  Module._resolveFilename = (request, parent, ...rest) =>
    sourceOf(request, parent?.filename) ?? resolve(request, parent, ...rest);

  nameOwnLines((source) => maps.get(source)?.toString());
  process.on("exit", () => {
    if (!added && fresh.size === 0) return;
    for (const [key, script] of fresh) used.set(key, [script.createCachedData(), NOTHING]);
    const others = [...kept.places.keys()].filter((key) => !used.has(key));
    keep(file, [...used, ...others.map((key) => [key, kept.get(key)]).filter(([, pieces]) => pieces)]);
  });
  return { compile };
};

/** Whether a source is one of the checkout that the packages belong to: those of passing checkouts are not worth keeping. */
function inCheckout() {
  const home = path.dirname(realpathSync(path.join(ROOT, "node_modules"))) + path.sep;
  return (source) => source.startsWith(home) && !source.includes(`${path.sep}.ops${path.sep}`);
}

function plainScript(code, filename) {
  return new Script(BEFORE + code + AFTER, { filename, columnOffset: -BEFORE.length });
}

function run(module, filename, script) {
  const body = script.runInThisContext();
  body.call(module.exports, module.exports, requireOf(module), module, filename, path.dirname(filename));
}

/** How esbuild writes `import("a-package")`. */
const PACKAGE = /Promise\.resolve\(\)\.then\(\(\) => __toESM\(require\(("[^".][^"]*")\)\)\)/g;

/**
 * A package that is only to be had as an ES module is imported as Node does it. Required first all the same: most are CommonJS,
 * and `import()` of those starts a second loader, 10 to 30 ms.
 */
function orImported(code) {
  return code.replace(PACKAGE, (required, name) => `${required}.catch(require.importing(${name}))`);
}

/** @returns what imports a package where Node refuses to require it */
const importing = (name) => (error) =>
  /^ERR_(REQUIRE_ESM|REQUIRE_ASYNC_MODULE|PACKAGE_PATH_NOT_EXPORTED)$/.test(error.code)
    ? import(name)
    : Promise.reject(error);

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
  require.importing = importing;
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
