// The slower checks that .ci/run adds to `npm test`: long histories, survival, self-tests. Two files at a time; what measures
// time has the machine to itself.
import { defineConfig } from "vitest/config";
import { SETUP, shared } from "./vitest.config.mjs";

/** A prediction of how long a drill takes, held against the drill; the pace of migrations and of a canary. */
const ALONE = ["test/slow/{migrate-runner,prediction,release}.test.ts"];

export default defineConfig({
  test: {
    ...shared,
    testTimeout: 900_000,
    hookTimeout: 300_000,
    pool: "forks",
    globalSetup: [SETUP, "./test/e2e/sandbox.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "slow",
          include: ["test/slow/**/*.test.ts"],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
