// How soon `ops` answers, in times of an empty Node: interleaved runs, the fastest and the median of each. Asserts nothing.
//   npx tsx test/bench/start.ts [--rounds 20] [--against <another checkout>]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { renderTable } from "../../scripts/core/table";

const ROOT = path.resolve(__dirname, "../..");
const MANIFEST = "k8s/rendered/dr/argo-rollouts/application-argocd-argo-rollouts-chart.yaml";
const COMMANDS: Readonly<Record<string, string[]>> = {
  "ops --help": ["--help"],
  "ops status": ["status"],
  "ops check, one manifest": ["check", MANIFEST],
  "ops check, all, unchanged": ["check"],
};

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "20" }, against: { type: "string" } },
});

/** Evidence of its own, so that a checkout's ledger neither grows nor counts. */
const home = mkdtempSync(path.join(tmpdir(), "ops-start-"));

interface Row {
  name: string;
  cwd: string;
  words: string[];
  seconds: number[];
}

const launcherOf = (root: string): string =>
  ["ops", "scripts/bin/ops.mjs"].map((file) => path.join(root, file)).find((file) => existsSync(file)) ?? "";

function rowsOf(root: string, suffix: string): Row[] {
  return Object.entries(COMMANDS).map(([name, words]) => ({
    name: name + suffix,
    cwd: root,
    words: [launcherOf(root), ...words],
    seconds: [],
  }));
}

function run({ cwd, words }: Row, index: number): number {
  const env = { ...process.env, OPS_HOME: path.join(home, String(index)), NO_COLOR: "1" };
  const began = performance.now();
  spawnSync(process.execPath, words, { cwd, env, stdio: "ignore" });
  return (performance.now() - began) / 1000;
}

const rows: Row[] = [
  { name: "node -e 0", cwd: ROOT, words: ["-e", "0"], seconds: [] },
  ...rowsOf(ROOT, ""),
  ...(values.against === undefined ? [] : rowsOf(path.resolve(values.against), " (against)")),
];
for (const [index, row] of rows.entries()) for (let warm = 0; warm < 2; warm++) run(row, index);
for (let round = 0; round < Number(values.rounds); round++)
  for (const [index, row] of rows.entries()) row.seconds.push(run(row, index));
rmSync(home, { recursive: true });

const fastest = ({ seconds }: Row): number => Math.min(...seconds);
const median = ({ seconds }: Row): number =>
  seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? 0;
const [empty] = rows;
if (empty)
  process.stdout.write(
    `${renderTable({
      head: ["", "Fastest", "/ node -e 0", "Median", "/ node -e 0"],
      rows: rows.map((row) => [
        row.name,
        `${(fastest(row) * 1000).toFixed(0)} ms`,
        (fastest(row) / fastest(empty)).toFixed(2),
        `${(median(row) * 1000).toFixed(0)} ms`,
        (median(row) / median(empty)).toFixed(2),
      ]),
      color: false,
    })}\n`,
  );
