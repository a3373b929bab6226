#!/usr/bin/env node
// Starts scripts/ops.ts without a build step. Plain JavaScript, because it must run before TypeScript can.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
require("./loader.cjs").register();
await require("../ops.ts").main(process.argv.slice(2));
