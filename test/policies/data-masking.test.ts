// What is declared personal can be read; what cannot be meant so is refused with its place.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadMasking } from "../../policies/data/masking";

const ROOT = path.resolve(__dirname, "../..");
const base = mkdtempSync(path.join(tmpdir(), "masking-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const HEAD = "platforms:\n  - platform: odd\n    databases:\n      - database: odd\n        tables:\n";

function load(text: string): unknown {
  mkdirSync(path.join(base, "policies/data"), { recursive: true });
  writeFileSync(path.join(base, "policies/data/masking.yaml"), text);
  return loadMasking(base, "odd");
}

describe("policies/data/masking.yaml", () => {
  it("is declared for the sandbox, and for nobody who is not named", () => {
    expect(loadMasking(ROOT, "sandbox")?.databases[0]?.tables.length).toBeGreaterThan(5);
    expect(loadMasking(ROOT, "nowhere")).toBeUndefined();
  });

  it.each([
    [
      "a kind that there is not",
      `${HEAD}          - { table: a.b, columns: { c: phone } }\n`,
      /masking.yaml:6:\d+.*mobile/s,
    ],
    [
      "plain without a reason",
      `${HEAD}          - { table: a.b, columns: { c: { plain: "" } } }\n`,
      /masking.yaml:6/,
    ],
    [
      "a table without its schema",
      `${HEAD}          - { table: b, columns: { c: name } }\n`,
      /schema\.table/,
    ],
    [
      "a table twice",
      `${HEAD}          - { table: a.b, columns: { c: name } }\n          - { table: a.b, columns: { d: name } }\n`,
      /a\.b stands twice/,
    ],
  ])("refuses %s", (_what, text, says) => {
    expect(() => load(text)).toThrow(says);
  });
});
