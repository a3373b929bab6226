import { describe, expect, it } from "vitest";
import type { Context } from "../../../scripts/context";
import release from "../../../scripts/jobs/release";

const STAGING = { environment: "staging" } as Context;

describe("ops release", () => {
  it.each(["", "deploy", "constructor"])("refuses the action %j", async (action) => {
    await expect(release.run(STAGING, { action })).rejects.toMatchObject({ exit: "usage" });
    await expect(release.plan(STAGING, { action })).rejects.toMatchObject({ exit: "usage" });
  });

  it.each(["plan", "status", "notes"])("plans %s in sentences, touching nothing", async (action) => {
    expect((await release.plan(STAGING, { action })).length).toBeGreaterThan(0);
  });
});
