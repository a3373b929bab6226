// What pgBackRest is told and what is read from its answers.
import { describe, expect, it } from "vitest";
import { expireArguments, removedBackups } from "../../../../../scripts/backup/adapter/pgbackrest/expire";
import { systemIdentifier } from "../../../../../scripts/backup/adapter/pgbackrest/info";

describe("the system identifier", () => {
  const json = `[{"name":"other","db":[{"id":1,"system-id":1}]},
    {"name":"s","db":[{"id":1,"system-id":7000000000000000001},{"id":2,"system-id" : 7711488008034874652}]}]`;
  it("keeps all its digits: a JavaScript number would not", () => {
    expect(systemIdentifier(json, "s")).toBe("7711488008034874652");
    expect(String(JSON.parse("7711488008034874652"))).not.toBe("7711488008034874652");
  });
  it("is unknown for a stanza that is not there", () => expect(systemIdentifier(json, "x")).toBeUndefined());
});

describe("an expiry", () => {
  it("overrides every retention of the configuration, so that only what is named goes", () => {
    const args = expireArguments([1], 3, "20261123-020000F", true);
    expect(args).toEqual([
      "expire",
      "--set=20261123-020000F",
      "--dry-run",
      "--repo1-retention-full-type=count",
      "--repo1-retention-full=9999999",
      "--repo1-retention-diff=9999999",
      "--repo1-retention-archive-type=full",
      "--repo1-retention-archive=9999999",
      "--log-level-console=info",
    ]);
  });
  it("without a label keeps WAL of as many full backups as there are", () => {
    expect(expireArguments([2], 3, undefined, false)).toContain("--repo2-retention-archive=3");
  });
  it("is refused with two repositories", () => {
    expect(() => expireArguments([1, 2], 1, "x", false)).toThrow(/2 repositories/);
  });
  it("reads what was removed, really or in a dry run", () => {
    const output = `P00   INFO: [DRY-RUN] repo1: remove expired backup 20261123-215201F_20261123-215212D
P00   INFO: repo1: remove expired backup 20261123-215201F
P00   INFO: repo1: remove archive, start = 000000010000000000000002, stop = 000000010000000000000003`;
    expect(removedBackups(output)).toEqual(["20261123-215201F_20261123-215212D", "20261123-215201F"]);
  });
});
