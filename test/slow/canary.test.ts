// 320 random hostile schemas: nothing of theirs runs with our rights, on source, copy or in dumps, and no value is hidden.
import { afterAll, beforeAll, it } from "vitest";
import { readHostile, startTenant, type Tenant } from "../hostile/canary";

let tenant: Tenant;
beforeAll(async () => {
  // A schema of a batch is made, read and dropped in one transaction each: many locks.
  tenant = await startTenant({ max_locks_per_transaction: "512" });
}, 60_000);
afterAll(() => tenant.cluster.stop());

it.each([100, 101, 102, 103, 104, 105, 106, 107])(
  "40 schemas of seed %s",
  async (seed) => {
    await readHostile(tenant, seed, 40);
  },
  300_000,
);
