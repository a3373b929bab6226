// The long form of tests of the odd platform: drills while nobody commits, of an instant and of the latest state.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Checkout } from "../e2e/checkout";
import { complaints, makeOddPlatform, type OddPlatform } from "../e2e/odd-platform";

let odd: OddPlatform;
beforeAll(async () => {
  odd = await makeOddPlatform();
  expect((await odd.checkout.json("backup", "--platform", "odd")).result).toMatchObject({ verdict: "pass" });
});
afterAll(() => odd.remove());

/** Nobody committed for more than a second: why no instant of that time can be reached. */
async function expectUnreachable(checkout: Checkout): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1100)); // out of the second in which the backup ended
  const to = new Date().toISOString();
  const verified = await checkout.json("verify", "--platform", "odd", "--to", to);
  expect(verified.code).toBe(1);
  expect(complaints(verified.result)).toContainEqual(
    expect.stringContaining("nobody committed; a heartbeat table would tell"),
  );
}

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

it("is drilled at an instant that was drawn among commits, without its source being touched", async () => {
  await odd.cluster.psql("odd", "insert into duplicates select 1, 'later' from generate_series(1, 10)");
  await new Promise((resolve) => setTimeout(resolve, 2200));
  await odd.cluster.psql("odd", "drop table duplicates; select pg_switch_wal()");
  await odd.cluster.archived();
  const before = await odd.startTime();
  const { code, result } = await odd.checkout.json("drill", "--platform", "odd", "--scenario", "b");
  expect(complaints(result)).toEqual([]);
  expect(code).toBe(0);
  expect(await odd.startTime()).toBe(before);
});
