// Everything works where paths hold spaces and Chinese: state, evidence, and the directory a copy is restored into.
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Checkout, makeCheckout } from "../e2e/checkout";

let checkout: Checkout;
beforeAll(() => {
  checkout = makeCheckout("学院 state");
});
afterAll(() => checkout.remove());

it("a backup is taken, verified and restored, a table is rescued, and the sandbox goes away", async () => {
  const ok = async (...args: string[]): Promise<void> => {
    const { code, result } = await checkout.json(...args);
    expect({ args, code, result }).toMatchObject({ code: 0 });
  };
  await ok("sandbox", "up", "--scale", "0.02");
  await ok("backup");
  await ok("verify", "--scrub", "1/30");
  const base = path.dirname(checkout.home);
  const into = path.join(base, "副本 of it");
  await ok("restore", "--to", "latest", "--into", into);
  expect(readdirSync(path.join(into, "data"))).toContain("PG_VERSION");
  const dumps = path.join(base, "一张 table");
  await ok("restore", "--to", "latest", "--only", "learning.learning.orders", "--into", dumps);
  const dump = path.join(dumps, "learning.learning.orders.dump");
  expect(statSync(dump).mode & 0o777).toBe(0o600);
  await ok("evidence", "verify");
  await ok("sandbox", "down");
});
