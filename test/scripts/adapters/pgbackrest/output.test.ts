// What pgBackRest 2.45 really printed, and what is made of it.
import { describe, expect, it } from "vitest";
import { logged, parseInfo } from "../../../../scripts/adapters/pgbackrest/info";

describe("logged", () => {
  it.each([
    ["standard output", "P00   WARN: retention is not set"],
    ["standard output with time", "2026-11-23 22:43:18.001 P01   WARN: retention is not set"],
    ["standard error, without a process number", "WARN: retention is not set"],
  ])("finds a warning on %s", (_where, line) => {
    expect(logged("WARN", `P00   INFO: begin\n${line}\nP00   INFO: end`)).toEqual(["retention is not set"]);
    expect(logged("ERROR", line)).toEqual([]);
  });

  it("takes no other line for one", () => {
    expect(logged("WARN", "P00   INFO: option WARN: none\n  WARNING: none\nP00 DETAIL: WARN")).toEqual([]);
  });
});

describe("parseInfo", () => {
  it("says what to do about a repository that decrypts to noise", () => {
    const noise = `[{"name":"learning","status":{"code":99,"message":"[049] '\u0001\u0013'"}}]`;
    expect(() => parseInfo(noise, "learning")).toThrow(expect.objectContaining({ exit: "unavailable" }));
  });

  it("refuses a stanza that cannot be read", () => {
    const other = JSON.stringify([
      { name: "learning", status: { code: 99, message: "other" }, db: [], backup: [] },
    ]);
    expect(() => parseInfo(other, "learning")).toThrow(/learning: other/);
    expect(() => parseInfo("[]", "learning")).toThrow(/not in the repository/);
  });
});
