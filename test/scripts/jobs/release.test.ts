import { describe, expect, it } from "vitest";
import release from "../../../scripts/jobs/release";
import { planLine, runLine } from "../cli/line";

const STAGING = { environment: "staging" };

describe("ops release", () => {
  it.each(["", "deploy", "constructor"])("refuses the action %j", async (action) => {
    await expect(runLine(STAGING, release, action)).rejects.toMatchObject({ exit: "usage" });
    await expect(planLine(STAGING, release, action)).rejects.toMatchObject({ exit: "usage" });
  });

  it.each(["plan", "status", "notes"])("plans %s in sentences, touching nothing", async (action) => {
    expect((await planLine(STAGING, release, action)).length).toBeGreaterThan(0);
  });

  it("wants a reason for whoever passes a gate, before anything is read", async () => {
    const attempt = runLine(STAGING, release, "ship", "learning-web=1.0.1", "--override", "office-hours");
    await expect(attempt).rejects.toMatchObject({ exit: "usage", message: "--override without --reason" });
  });
});
