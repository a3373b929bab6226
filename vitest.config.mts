// Two projects of one suite: quick tests run in parallel, tests that start a real PostgreSQL share the machine one at a time.
import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** It imports JSON as bundlers allow it (Node alone refuses), and names source maps that it does not ship. */
const PARSER = "@actions/workflow-parser";

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
    include: ["test/**/*.test.ts"],
    chaiConfig: { truncateThreshold: 0 }, // a report shows what was found, however long it is
    exclude: ["test/bench/**", "test/slow/**"],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    pool: "forks",
    // What a test makes ops say belongs into no pipeline's summary, and a test is not confined because a pipeline runs it.
    env: { GITHUB_STEP_SUMMARY: "", OPS_SUMMARY: "", OPS_CONFINED: "" },
    server: { deps: { inline: [PARSER] } },
  },
});
