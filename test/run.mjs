// `npm test`: makes the machine ready and runs the tests; ends with what each took. Plain Node, because it must run before anything
// is installed. Arguments go to vitest; without a file name among them all tests run.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const STEPS = [
  ["set up", ["scripts/setup.mjs"]],
  ["tests", ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)]],
];

const times = [];
for (const [name, args] of STEPS) {
  const since = performance.now();
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  times.push(`${((performance.now() - since) / 1000).toFixed(1).padStart(7)} s  ${name}`);
  process.exitCode = status ?? 1;
  if (process.exitCode !== 0) break;
}
console.log(times.join("\n"));
