// Which release may take which schema change: the table is the rule, read aloud.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Phase,
  releaseCompatibility,
  rollbackCompatibility,
  type SchemaChange,
} from "../../../scripts/migrate/compatibility";

const change = (phase: Phase, more: Partial<SchemaChange> = {}): SchemaChange => ({
  name: `0001_${phase}`,
  phase,
  requiresRelease: undefined,
  breaks: [],
  ...more,
});
const EXPAND = change("expand");
const MIGRATE = change("migrate");
const CONTRACT = change("contract", {
  requiresRelease: "1.1.0",
  breaks: ["drops column learning.learners.phone"],
});

describe("a release", () => {
  it.each<[string, SchemaChange[], string, string | undefined, string | undefined]>([
    ["without a change of schema", [], "1.1.0", "1.0.0", undefined],
    ["that expands", [EXPAND], "1.1.0", "1.0.0", undefined],
    ["that expands and migrates", [EXPAND, MIGRATE], "1.1.0", "1.0.0", undefined],
    ["that contracts after every instance knows how", [CONTRACT], "1.2.0", "1.1.0", undefined],
    ["that contracts what the version before it relies on", [CONTRACT], "1.1.0", "1.0.0", "1.0.0 still runs"],
    ["that expands and contracts at once", [EXPAND, CONTRACT], "1.1.0", "1.0.9", "1.0.9 still runs"],
    ["older than its own contract", [CONTRACT], "1.0.5", "1.0.4", "1.0.5 is shipped"],
    ["a pre-release of the version that is required", [CONTRACT], "1.1.0-rc.1", "1.1.0-rc.1", "is shipped"],
    ["the first one, contracting", [CONTRACT], "1.1.0", undefined, undefined],
    [
      "whose expand drops something",
      [change("expand", { breaks: ["drops column t.a"] })],
      "1.1.0",
      "1.0.0",
      "declared expand but drops column t.a",
    ],
    [
      "whose contract names no release",
      [change("contract")],
      "1.1.0",
      "1.0.0",
      "names no release that makes it safe",
    ],
  ])("%s", (_, pending, shipping, running, refusal) => {
    const answer = releaseCompatibility({ pending, shipping, running });
    expect(answer.allowed).toBe(refusal === undefined);
    if (!answer.allowed) expect(answer.reasons.join("\n")).toContain(refusal);
  });

  it("never gets worse when the version that runs is newer", () => {
    const version = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => parts.join("."));
    fc.assert(
      fc.property(version, version, version, (requiresRelease, running, shipping) => {
        const pending = [{ ...CONTRACT, requiresRelease }];
        const before = releaseCompatibility({ pending, shipping, running });
        const after = releaseCompatibility({ pending, shipping, running: "9.0.0" });
        expect(Number(after.allowed)).toBeGreaterThanOrEqual(Number(before.allowed));
      }),
    );
  });

  it("refuses what is no version", () => {
    expect(() => releaseCompatibility({ pending: [], shipping: "latest", running: undefined })).toThrow(
      "not a semantic version: latest",
    );
  });
});

describe("a rollback", () => {
  it.each([
    ["1.0.0", false],
    ["1.1.0", true],
  ])("to %s after the contract: allowed %s", (to, allowed) => {
    expect(rollbackCompatibility([EXPAND, CONTRACT], to).allowed).toBe(allowed);
  });
});
