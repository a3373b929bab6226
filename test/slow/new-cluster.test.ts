// A sandbox that is made anew is another cluster behind the same name: it is not held to the backups and files of the one before. A
// repository that is exchanged under a cluster that stayed is caught.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../../scripts/core/evidence";
import { type Checkout, makeCheckout } from "../e2e/checkout";

let checkout: Checkout;
beforeAll(async () => {
  checkout = makeCheckout();
  await made();
  expect(await unhappy()).toEqual([]);
});
afterAll(() => checkout.remove());

async function made(): Promise<void> {
  for (const args of [["sandbox", "up", "--scale", "0.02"], ["backup"]])
    expect(await checkout.ops(...args)).toMatchObject({ code: 0 });
}

async function verified(): Promise<{ code: number; checks: Check[] }> {
  const { code, result } = await checkout.json("verify");
  return { code, checks: (result.checks ?? []) as Check[] };
}

async function unhappy(): Promise<string[]> {
  const { checks } = await verified();
  expect(checks.length).toBeGreaterThan(10);
  return checks.filter(({ verdict }) => verdict === "fail").map(({ name, detail }) => `${name}: ${detail}`);
}

const repository = (): string => path.join(checkout.home, "../state/sandbox/pgbackrest/repository");

describe("after `sandbox down` and `sandbox up`", () => {
  const kept = (): string => path.join(checkout.home, "../kept");

  it("backup, verify, coverage and drill are green, and say what they do not use", async () => {
    cpSync(repository(), kept(), { recursive: true, preserveTimestamps: true });
    expect((await checkout.ops("sandbox", "down")).code).toBe(0);
    await made();
    const { checks } = await verified();
    expect(checks.filter(({ verdict }) => verdict === "fail")).toEqual([]);
    for (const name of ["generation", "repository-inventory"])
      expect(checks.find((check) => check.name === name)).toMatchObject({
        verdict: "pass",
        detail: expect.stringMatching(/of cluster \d+ and not used: the cluster is \d+/),
      });
    const drill = await checkout.ops("drill", "--scenario", "a");
    expect(drill).toMatchObject({ code: 0, stderr: expect.stringMatching(/of cluster \d+ and not used/) });
    expect((await checkout.ops("coverage")).stderr).toMatch(/of cluster \d+ and not used/);
    // And so again, on what the new one remembers by now.
    expect(await unhappy()).toEqual([]);
  });

  it("the repository of the cluster before, put in the place of its own, is caught", async () => {
    const own = `${repository()}.own`;
    renameSync(repository(), own);
    cpSync(kept(), repository(), { recursive: true, preserveTimestamps: true });
    // A copy belongs to whoever copied it.
    execFileSync("chown", ["-R", `--reference=${own}`, repository()]);
    // Its passphrase went with it: the engine cannot even read it. What a readable one meets is in test/scripts/backup/memory.test.ts.
    const { code, result } = await checkout.json("verify");
    expect({ code, result }).toMatchObject({ code: 18, result: { type: "error", code: "unavailable" } });
    rmSync(repository(), { recursive: true });
    renameSync(own, repository());
    expect(readdirSync(repository())).toContain("backup");
  });
});
