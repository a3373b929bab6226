// The slower checks that .ci/run adds to `npm test`: long histories, survival, self-tests.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/slow/**/*.test.ts"],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    pool: "forks",
    env: { GITHUB_STEP_SUMMARY: "", OPS_SUMMARY: "", OPS_CONFINED: "" },
    passWithNoTests: true,
    chaiConfig: { truncateThreshold: 0 }, // a report shows what was found, however long it is
  },
});
