// `npm test`: two projects. What only computes shares threads; what starts programs, and mostly waits for them, gets processes of
// its own. Both run at once, three times as many files as there are cores, in the order of test/order.mts.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { LongestFirst } from "./test/order.mjs";

const maxWorkers = 3 * availableParallelism();

/** Where adapters, the machine, a real PostgreSQL and whole commands are tested. */
const MACHINE = [
  "test/{e2e,faults}/**/*.test.ts",
  "test/github/workflows.test.ts",
  "test/policies/service/invariants.test.ts",
  "test/scripts/{bin,jobs,machine}/**/*.test.ts",
  "test/scripts/*/adapter/**/*.test.ts",
  "test/scripts/setup.test.ts",
];

/** It imports JSON as bundlers allow it (Node alone refuses), and names source maps that it does not ship. */
const PARSER = "@actions/workflow-parser";

/** Makes what tests that need a PostgreSQL start from. */
export const SETUP = "./test/e2e/setup.ts";

/** What the slow suite has in common with this one. */
export const shared = {
  chaiConfig: { truncateThreshold: 0 }, // a report shows what was found, however long it is
  // What a test makes ops say belongs into no pipeline's summary, and a test is not confined because a pipeline runs it.
  env: { GITHUB_STEP_SUMMARY: "", OPS_SUMMARY: "", OPS_CONFINED: "" },
  // Compiled sources by the digest of their text; not in node_modules, which `npm ci` may empty under a run.
  experimental: { fsModuleCache: true, fsModuleCachePath: ".ops/cache/vitest" },
  sequence: { sequencer: LongestFirst },
  reporters: ["default", "./test/times.mts"],
} satisfies ViteUserConfig["test"];

export default defineConfig({
  plugins: [
    {
      name: "github-parser-without-source-maps",
      load: (id) =>
        id.includes(PARSER) && id.endsWith(".js")
          ? readFileSync(id, "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, "")
          : undefined,
    },
  ],
  test: {
    ...shared,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    server: { deps: { inline: [PARSER] } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/slow/**", ...MACHINE],
          pool: "threads",
          isolate: false,
          maxWorkers,
        },
      },
      {
        extends: true,
        test: {
          name: "machine",
          include: MACHINE,
          globalSetup: SETUP,
          pool: "forks",
          maxWorkers,
        },
      },
    ],
  },
});
