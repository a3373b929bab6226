// A database that the repository has never seen is operated by adding one file: backed up, checkpointed, restored to
// two kinds of target and verified, through the real command line. Drilled it is in odd-platform.test.ts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Checkout } from "../e2e/checkout";
import type { Cluster } from "../e2e/cluster";
import { complaints, makeOddPlatform, type OddPlatform, PLATFORM } from "../e2e/odd-platform";

let odd: OddPlatform;
let cluster: Cluster;
let checkout: Checkout;

beforeAll(async () => {
  odd = await makeOddPlatform();
  ({ cluster, checkout } = odd);
}, 120_000);
afterAll(() => odd.remove());

describe("an odd database, by one platform file", () => {
  it("is backed up and checkpointed", async () => {
    const { code, result } = await checkout.json("backup", "--platform", "odd");
    expect(result).toMatchObject({ verdict: "pass" });
    expect(code).toBe(0);
  }, 60_000);

  it("is restored to the checkpoint and equal in every row", async () => {
    const { code, result } = await checkout.json("verify", "--platform", "odd");
    const checks = result.checks as { name: string; verdict: string; detail: string }[];
    expect(complaints(result)).toEqual([]);
    expect(checks.find((check) => check.name === "content")).toMatchObject({ verdict: "pass" });
    expect(checks.find((check) => check.name === "content")!.detail).toContain("no_data");
    // It has no heartbeat table and no invariants: said, never passed in silence.
    expect(checks.find((check) => check.name === "heartbeat")).toMatchObject({ verdict: "not-applicable" });
    // Every declared integration was tried from inside.
    expect(checks.filter((check) => check.name.startsWith("isolation-")).length).toBeGreaterThan(3);
    expect(code).toBe(0);
  }, 60_000);

  it("is told whose fault a broken business fact is", async () => {
    const facts = [
      "invariants:",
      "  - { name: nothing-is-wrong, database: odd, sql: select 1 where false }",
      "  - { name: two-are-wrong, database: odd, sql: 'select generate_series(1, 2)' }",
      "  - { name: cannot-be-asked, database: odd, sql: select 1 from nowhere }",
    ];
    checkout.write(PLATFORM, `${odd.platform}${facts.join("\n")}\n`);
    const { code, result } = await checkout.json("verify", "--platform", "odd");
    checkout.write(PLATFORM, odd.platform);
    expect(complaints(result)).toEqual([
      'invariants: two-are-wrong: 2 violations, the source has them too; cannot-be-asked: relation "nowhere" does not exist',
    ]);
    expect(code).toBe(1);
  }, 60_000);

  it("is restored to an instant between checkpoints, equal on the way", async () => {
    await cluster.psql(
      "odd",
      "insert into duplicates select 1, 'after the checkpoint' from generate_series(1, 10)",
    );
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const to = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await cluster.psql("odd", "drop table duplicates; select pg_switch_wal()");
    await cluster.archived();
    const { code, result } = await checkout.json(
      "restore",
      "--platform",
      "odd",
      "--to",
      to,
      "--into",
      `${cluster.directory}/out`,
    );
    const checks = result.checks as { name: string; verdict: string; detail: string }[];
    expect(complaints(result)).toEqual([]);
    expect(checks.find((check) => check.name === "content")!.detail).toContain("replayed to");
    expect(code).toBe(0);
    // The directory that was handed over starts, and holds what was there at that instant.
    const copy = await cluster.beside(`${cluster.directory}/out/data`);
    try {
      expect(await copy.count("odd", "duplicates where b = 'after the checkpoint'")).toBe(10);
      // With pseudonyms, in tables that are hard to write again.
      expect(checks.find((check) => check.name === "masked")!.detail).toMatch(
        /values in 1\d columns of 1\d tables/,
      );
      for (const [from, count] of Object.entries({
        "types where ci = 'CamelCase' or arr2::text ~ 'a,b' or nm = 'name'": 0,
        types: 200,
        "generated where twice = 2 * a and id % 7 = 1000 % 7": 100,
        "parts where k = md5(id::text)": 0,
        "parts where k is not null": 900,
        "a_matview m join public.parts p using (id, k)": 99,
        "parent where a in ('parent', 'child')": 0,
        parent: 2,
        "secrets where v ~ 'hidden'": 0,
        "toasted where length(big) = 12800": 60,
        "by_text where k ~ '^[a-z]\\d+$' and k <> 'k' || v": 300,
      }))
        expect({ from, count: await copy.count("odd", from) }).toEqual({ from, count });
    } finally {
      await copy.stop();
    }
  }, 150_000);
});
