// What holds for PostgreSQL 15 holds for newer versions: the same tests of reading, dumping and comparing, on real servers of those.
// pgBackRest of the distribution knows none of them, so restores, and what is read from copies, are not among the tests.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type NewerMajor, newerPostgres } from "../machines/newer-postgres";

const ROOT = path.resolve(__dirname, "../..");
/** Without autovacuum's own test, which waits for its schedule: beside other tests that takes longer than it may. */
const FILES = [
  "canary",
  "content",
  "data-hostile",
  "data-repair",
  "data-rules",
  "definitions",
  "dump",
  "grants",
  "heartbeat",
  "holding",
  "least-rights",

  "readiness",
  "reading-sessions",
  "row-hash",
  "settings",
  "wal-records",
].map((name) => `test/e2e/${name}.test.ts`);

interface Report {
  numPassedTests: number;
  numPendingTests: number;
  testResults: { name: string; status: string; message: string; assertionResults: Case[] }[];
}
interface Case {
  fullName: string;
  status: string;
  failureMessages: string[];
}

describe.each<NewerMajor>([16, 18])("PostgreSQL %s", (major) => {
  const found = newerPostgres(major);
  if ("missing" in found) {
    it.skip(`cannot be had here: ${found.missing}`, () => {});
    return;
  }
  it("is read, held, dumped and compared like 15", () => {
    const version = execFileSync(path.join(found.bin, "postgres"), ["--version"], { encoding: "utf8" });
    expect(version).toContain(` ${major}.`);
    const output = mkdtempSync("/tmp/opsn-");
    onTestFinished(() => rmSync(output, { recursive: true, force: true }));
    const file = path.join(output, "report.json");
    const run = spawnSync(
      process.execPath,
      [
        "node_modules/vitest/vitest.mjs",
        "run",
        "--maxWorkers=1",
        "--reporter=json",
        `--outputFile=${file}`,
        ...FILES,
      ],
      { cwd: ROOT, encoding: "utf8", env: { ...process.env, OPS_PG_BIN: found.bin, VITEST: "" } },
    );
    expect(run.error).toBeUndefined();
    const { testResults, numPassedTests, numPendingTests } = JSON.parse(readFileSync(file, "utf8")) as Report;
    const failed = testResults.flatMap(({ status, message, assertionResults }) => [
      ...(status === "failed" && assertionResults.length === 0 ? [message] : []),
      ...assertionResults
        .filter((each) => each.status === "failed")
        .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join("\n").slice(0, 800)}`),
    ]);
    expect(failed).toEqual([]);
    expect(testResults).toHaveLength(FILES.length);
    expect(numPassedTests).toBeGreaterThan(110);
    // Login triggers came with 17.
    expect(numPendingTests).toBe(major < 17 ? 1 : 0);
  }, 600_000);
});
