// What pgBackRest 2.45 really printed, and what is made of it.
import { describe, expect, it } from "vitest";
import { logged, parseInfo, suspicious } from "../../../../../scripts/backup/adapter/pgbackrest/info";

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

describe("suspicious", () => {
  const RESUMED =
    "resumed backup file pg_data/base/5/2601 does not have expected checksum 0e5a7c. The file will be recopied and backup will continue but this may be an issue unless the resumed backup path in the repository is known to be corrupted.";
  it.each([
    ["option 'repo1-retention-full' is not set for 'repo1-retention-full-type=count'", false],
    ["no prior backup exists, incr backup has been changed to full", false],
    [
      "resumable backup 20261126-011907F of same type exists -- invalid files will be removed then the backup will resume",
      false,
    ],
    [
      "backup '20261126-011907F' cannot be resumed: new backup type 'incr' does not match resumable backup type 'full'",
      false,
    ],
    [RESUMED, true],
    ["invalid page checksum found in file base/5/2601 at page 4", true],
    ["file pg_data/base/5/2601 has been changed; resumable backup 1 of same type exists", true],
  ])("%s: %s", (warning, suspect) => {
    expect(suspicious([warning])).toEqual(suspect ? [warning] : []);
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
