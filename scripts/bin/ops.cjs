#!/usr/bin/env node
// Starts scripts/ops.ts without a build step. Plain JavaScript, because it must run before TypeScript can.
require("tsx/cjs");
require("../ops.ts").main(process.argv.slice(2));
