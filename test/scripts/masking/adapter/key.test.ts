// The key of pseudonyms: made once, one an environment, ours alone.
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createMasking } from "../../../../scripts/masking/adapter";

const ROOT = path.resolve(__dirname, "../../../..");
const base = mkdtempSync(path.join(tmpdir(), "masking-key-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const keys = path.join(base, "keys");
const of = (environment: string) => createMasking(ROOT, keys, environment, "sandbox");
const file = (environment: string): string => path.join(keys, `masking-${environment}.key`);

describe("the key", () => {
  it("is made on first use, for us alone, and stays", async () => {
    const [first, again, other] = [
      await of("sandbox").key(),
      await of("sandbox").key(),
      await of("prod").key(),
    ];
    expect(first).toHaveLength(32);
    expect(again.equals(first)).toBe(true);
    expect(other.equals(first)).toBe(false);
    expect(statSync(file("sandbox")).mode & 0o777).toBe(0o600);
    expect(statSync(keys).mode & 0o777).toBe(0o700);
  });

  it.each<[string, () => void, RegExp]>([
    ["others may have read", () => chmodSync(file("prod"), 0o644), /others may read it/],
    ["is none", () => writeFileSync(file("prod"), "secret\n"), /holds no key of 32 bytes/],
  ])("that %s is refused, and not shown", async (_what, spoil, says) => {
    await of("prod").key();
    spoil();
    const error = await of("prod")
      .key()
      .catch((refused: Error) => refused);
    expect((error as Error).message).toMatch(says);
    expect((error as Error).message).not.toContain("secret");
    chmodSync(file("prod"), 0o600);
  });

  it("two that begin at once have the same", async () => {
    const both = await Promise.all([of("staging").key(), of("staging").key()]);
    expect(both[0].equals(both[1])).toBe(true);
  });
});
