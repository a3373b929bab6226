// The sentence that an interrupted `ops migrate` ends with: what stays, and how to go on. Shown on a real run in test/slow.
import { expect, it } from "vitest";
import { interruptedAt } from "../../../scripts/migrate/apply";
import type { Migration } from "../../../scripts/migrate/migration";
import type { MigrationRun } from "../../../scripts/migrate/runner";

const step = { kind: "together", statements: [] };
const migration = { name: "0002_b", up: [step, step, step], down: [step] } as unknown as Migration;
const done = [{ name: "0001_a" } as MigrationRun];

it.each([
  ["up", [], 0, "interrupted during a schema change: step 1 of 3 of 0002_b had begun"],
  ["up", done, 2, "0001_a applied and stays so; steps 1 to 2 of 3 of 0002_b are committed and stay"],
  ["down", done, 0, "0001_a reverted and stays so; step 1 of 1 of 0002_b had begun"],
] as const)("%s: %#", (direction, runs, committed, sentence) => {
  const error = interruptedAt(
    { migration, committed, done: runs, direction, checkpoint: "cp-1" },
    new Error("cut"),
  );
  expect(error.exit).toBe("interrupted");
  expect(error.message).toContain(sentence);
  expect(error.todo).toContain(`ops migrate ${direction}\``);
  expect(error.todo).toContain("ops restore --to cp-1");
  expect(error.message).not.toContain("removed");
});
