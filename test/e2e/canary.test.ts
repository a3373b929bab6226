// Nothing that a role of the database defines runs with our rights: not on the source, not on a copy, not in a dump.
// The slow suite does the same with hundreds of schemas.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readHostile, startTenant, type Tenant } from "../hostile/canary";
import { hostileSchema, randomFrom } from "../hostile/schemas";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant();
}, 60_000);
afterAll(() => tenant.cluster.stop());

describe.sequential("hostile schemas", () => {
  it("are heard when a superuser queries their tables as anyone would", async () => {
    const { cluster, asTenant, heard } = tenant;
    const schema = hostileSchema("plain", randomFrom(1));
    await asTenant(`create schema plain;\n${schema.sql}; create index on plain.t0 ((plain.f(1) + id))`);
    await cluster.database.query("hostile", "select count(*) from plain.t0");
    expect(await heard()).not.toEqual([]);
  });

  it("call nothing of theirs while they are read, and hide no value", async () => {
    await readHostile(tenant, 7, 16);
  }, 60_000);
});
