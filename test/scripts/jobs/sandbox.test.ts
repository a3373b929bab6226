import { describe, expect, it } from "vitest";
import type { Context } from "../../../scripts/context";
import sandbox from "../../../scripts/jobs/sandbox";
import type { Sandbox } from "../../../scripts/sandbox/port";
import { given } from "../../given";
import { planLine, runLine } from "../cli/line";

// What it does to a real sandbox is shown in test/slow/sandbox.test.ts.
describe("ops sandbox", () => {
  const elsewhere = { sandbox: undefined, platform: given<Context["platform"]>({ name: "college-db" }) };

  it("is refused for a platform that is no sandbox", async () => {
    await expect(runLine(elsewhere, sandbox, "down")).rejects.toMatchObject({
      exit: "usage",
      message: "platform college-db is no sandbox",
    });
  });

  it.each(["", "reset", "constructor"])("refuses the action %j", async (action) => {
    await expect(runLine(elsewhere, sandbox, action)).rejects.toMatchObject({ exit: "usage" });
    await expect(planLine(elsewhere, sandbox, action)).rejects.toMatchObject({ exit: "usage" });
  });

  it.each(["up", "down", "status"])("plans %s in sentences, touching nothing", async (action) => {
    expect((await planLine(elsewhere, sandbox, action)).length).toBeGreaterThan(0);
  });

  it.each(["0", "-1", "NaN", "", "big", "Infinity"])("refuses the scale %j", async (scale) => {
    const phase: Context["progress"]["phase"] = (_name, body) => body({ update: () => {}, note: () => {} });
    const sandboxOf = given<Sandbox>({ prepare: () => expect.unreachable("the sandbox was touched") });
    const context = { sandbox: sandboxOf, progress: given<Context["progress"]>({ phase }) };
    await expect(runLine(context, sandbox, "up", "--scale", scale)).rejects.toMatchObject({ exit: "usage" });
  });
});
