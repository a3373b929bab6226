import { describe, expect, it } from "vitest";
import type { Context } from "../../../scripts/context";
import sandbox from "../../../scripts/jobs/sandbox";

// What it does to a real sandbox is shown in test/scripts/sandbox/adapter/sandbox.e2e.test.ts.
describe("ops sandbox", () => {
  const elsewhere = { sandbox: undefined, platform: { name: "college-db" } } as Context;

  it("is refused for a platform that is no sandbox", async () => {
    await expect(sandbox.run(elsewhere, { action: "down" })).rejects.toMatchObject({
      exit: "usage",
      message: "platform college-db is no sandbox",
    });
  });

  it.each(["", "reset", "constructor"])("refuses the action %j", async (action) => {
    await expect(sandbox.run(elsewhere, { action })).rejects.toMatchObject({ exit: "usage" });
    await expect(sandbox.plan(elsewhere, { action })).rejects.toMatchObject({ exit: "usage" });
  });

  it.each(["up", "down", "status"])("plans %s in sentences, touching nothing", async (action) => {
    expect((await sandbox.plan(elsewhere, { action })).length).toBeGreaterThan(0);
  });

  it.each([0, -1, Number.NaN])("refuses the scale %d", async (scale) => {
    const phase: Context["progress"]["phase"] = (_name, body) => body({ update: () => {}, note: () => {} });
    const touched = { prepare: () => expect.unreachable("the sandbox was touched") };
    const context = { sandbox: touched as unknown as Context["sandbox"], progress: { phase } } as Context;
    await expect(sandbox.run(context, { action: "up", scale })).rejects.toMatchObject({ exit: "usage" });
  });
});
