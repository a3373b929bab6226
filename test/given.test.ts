// A test that forgot a tool fails at the tool's name.
import { expect, it } from "vitest";
import { given } from "./given";

interface Tools {
  backups: { list(): string[] };
  clock: { now(): number };
}

it("gives what was given, and names what was not", async () => {
  const tools = given<Tools>({ clock: { now: () => 7 } });
  expect(tools.clock.now()).toBe(7);
  expect({ ...tools }).toHaveProperty("clock");
  expect(() => tools.backups.list()).toThrow("this test gives no backups; it gives clock");
  await expect(Promise.resolve(tools)).resolves.toBe(tools);
});
