// Two projects of one suite: quick tests run in parallel, tests that start a real PostgreSQL share the machine one at a time.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "test/slow/**"],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    pool: "forks",
  },
});
