import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contains, rangeOf, reaches } from "../../../../policies/engine/kubernetes/network";
import { secondsOf, selects } from "../../../../policies/engine/kubernetes/objects";

describe("label selectors", () => {
  const labels = { app: "web", tier: "front" };
  it.each([
    [undefined, false],
    [null, false],
    [{}, true],
    [{ matchLabels: { app: "web" } }, true],
    [{ matchLabels: { app: "web", tier: "back" } }, false],
    [{ matchLabels: { toString: "web" } }, false],
    [{ matchExpressions: [{ key: "app", operator: "In", values: ["web", "api"] }] }, true],
    [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }, false],
    [{ matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
    [{ matchLabels: { app: "web" }, matchExpressions: [{ key: "zone", operator: "Exists" }] }, false],
    [{ matchExpressions: [{ key: "app", operator: "Equals", values: ["web"] }] }, false],
  ])("%j: %s", (selector, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });
});

describe("address ranges", () => {
  it.each([
    ["0.0.0.0/0", "100.100.100.200/32", true],
    ["100.64.0.0/10", "100.100.100.200/32", true],
    ["100.64.0.0/10", "100.128.0.0/32", false],
    ["10.0.0.0/8", "10.10.0.0/16", true],
    ["10.10.0.0/16", "10.0.0.0/8", false],
    ["fd00::/8", "10.0.0.0/8", false],
    ["10.0.0.0/33", "10.0.0.0/33", false],
    ["10.0.0.256/8", "10.0.0.0/8", false],
  ])("%s holds %s: %s", (outer, inner, expected) => {
    expect(contains(outer, inner)).toBe(expected);
  });

  it("are as large as their length says, and stand where their address is", () => {
    const cidr = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
    fc.assert(
      fc.property(cidr, ([address, length]) => {
        const range = rangeOf(`${address}/${length}`)!;
        const [only] = [rangeOf(`${address}/32`)!];
        expect(range.last - range.first + 1).toBe(2 ** (32 - length));
        expect(range.first <= only.first && only.last <= range.last).toBe(true);
      }),
    );
  });

  it("do not reach what is taken out of them", () => {
    const block = { path: [], cidr: "0.0.0.0/0", except: ["100.64.0.0/10"] };
    expect(reaches(block, "100.100.100.200/32")).toBe(false);
    expect(reaches(block, "169.254.169.254/32")).toBe(true);
  });
});

describe("durations", () => {
  it.each([
    ["15m", 900],
    ["1h30m", 5400],
    ["720h", 2_592_000],
    ["100ms", 0.1],
    ["0", undefined],
    ["1d", undefined],
    ["", undefined],
    [60, undefined],
  ])("%s = %s s", (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });
});
