// Where Pulumi's pack runner begins: it loads JavaScript, so both hooks of the loader of everything else here come first
// (as in scripts/bin/loader.cjs): `require` for the sources, `import()` for the rules, which are found at run time.
async function start() {
  require("tsx/cjs");
  const { register } = await import("tsx/esm/api");
  register();
  await require("./index.ts").start();
}

module.exports = start();
