#!/usr/bin/env node
// Starts scripts/ops.ts without a build step. Plain JavaScript, because it must run before TypeScript can.
// Both hooks: `require` for the sources, native `import()` for the jobs, which are found at run time.
import { register as registerCommonJs } from "tsx/cjs/api";
import { register } from "tsx/esm/api";

registerCommonJs();
register();
// The sources are CommonJS: everything they export stands in `default`.
const { default: ops } = await import("../ops.ts");
await ops.main(process.argv.slice(2));
