// What kept a copy from being read: damage fails, what is missing on this machine is inconclusive and named, a bug stays a bug.
import { describe, expect, it } from "vitest";
import { OpsError } from "../../../scripts/core/errors";
import { obstacleOf } from "../../../scripts/postgres/adapter/sqlstate";
import { unreadable } from "../../../scripts/restore/unreadable";

const postgres = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code, severity: "ERROR" });

describe("what cannot be read", () => {
  it.each([
    postgres("58P01", 'could not access file "$libdir/vendor": No such file or directory'),
    postgres(
      "58P01",
      'could not load library "/usr/lib/vendor.so": libx.so.1: cannot open shared object file',
    ),
    new OpsError("unavailable", 'pg_dump of d failed: could not access file "/opt/vendor.so": No such file'),
    new OpsError("missing", 'could not access file "/opt/vendor.so": No such file'),
  ])("for want of a library: %s", (error) => {
    const finding = unreadable(error);
    expect(finding?.verdict).toBe("inconclusive");
    expect(finding?.detail).toMatch(/^the shared library \S*vendor\S* ?,.* install it here/);
  });

  it.each([
    [obstacleOf(postgres("58P01", "could not open file: No such file")), "fail"],
    [new OpsError("missing", "PostgreSQL 19 is not here", { todo: "install it" }), "inconclusive"],
    [new OpsError("fail", "PostgreSQL found damaged data"), "fail"],
    [new OpsError("unavailable", "the connection was lost"), undefined],
    [postgres("42P01", "relation does not exist"), undefined],
    [new TypeError("x is undefined"), undefined],
    ["no error at all", undefined],
  ])("%s: %s", (error, verdict) => {
    expect(unreadable(error)?.verdict).toBe(verdict);
  });
});
