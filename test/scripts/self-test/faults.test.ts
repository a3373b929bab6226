// The table of faults against the table of checks: what no fault exercises was never seen failing.
import { describe, expect, it } from "vitest";
import { EXIT } from "../../../scripts/core/errors";
import { RESTORE_CHECKS } from "../../../scripts/restore/restore-run";
import { FAMILIES } from "../../../scripts/self-test/run";

const FAULTS = FAMILIES.flatMap(({ faults }) => faults);

describe("the faults", () => {
  it("have names of their own, and say what they stand for", () => {
    const kinds = FAULTS.map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    for (const { kind, simulates } of FAULTS) {
      expect(kind).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(simulates.length).toBeGreaterThan(10);
    }
  });

  it("are each to be caught by a layer, or refused with a documented exit", () => {
    const restoreChecks = new Set(RESTORE_CHECKS.map(({ name }) => name));
    for (const { kind, expected } of FAULTS) {
      const exit = /^refused: (\w+)$/.exec(expected)?.[1];
      expect(exit ? exit in EXIT : restoreChecks.has(expected), `${kind} by ${expected}`).toBe(true);
    }
  });

  it.each(RESTORE_CHECKS.map(({ name }) => name))("make %s fail at least once", (name) => {
    expect(FAULTS.filter(({ expected }) => expected === name)).not.toEqual([]);
  });
});
