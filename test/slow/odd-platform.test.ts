// The long form of tests of the odd platform: drills while nobody commits, of an instant and of the latest state.
import { afterAll, beforeAll, expect, it } from "vitest";
import { complaints, expectUnreachable, makeOddPlatform, type OddPlatform } from "../e2e/odd-platform";

let odd: OddPlatform;
beforeAll(async () => {
  odd = await makeOddPlatform();
  expect((await odd.checkout.json("backup", "--platform", "odd")).result).toMatchObject({ verdict: "pass" });
});
afterAll(() => odd.remove());

it("is drilled while nobody commits, and says why an instant of that time cannot be reached", async () => {
  const before = await odd.startTime();
  for (const scenario of ["b", "c"]) {
    const drill = await odd.checkout.json("drill", "--platform", "odd", "--scenario", scenario);
    expect(complaints(drill.result)).toEqual([]);
    expect(drill.code).toBe(0);
  }
  expect(await odd.startTime()).toBe(before);
  await expectUnreachable(odd.checkout);
});
