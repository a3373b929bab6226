// `node --require test/sources.cjs file.ts` runs a source as `ops` does: several times as fast as tsx, which compiles anew.
require("../scripts/bin/loader.cjs").register();
