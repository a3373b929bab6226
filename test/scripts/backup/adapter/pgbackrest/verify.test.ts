// What `pgbackrest verify` says is believed only when it says all of it.
import { describe, expect, it } from "vitest";
import { parseVerify } from "../../../../../scripts/backup/adapter/pgbackrest/verify";

const SOUND = `stanza: s
status: ok
  archiveId: 15-1, total WAL checked: 3, total valid WAL: 3
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
  backup: 20261123-220318F, status: valid, total files checked: 40, total valid files: 40
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
`;

describe("the text of verify", () => {
  it("is ok when it says so, reports no damage and read something", () => {
    expect(parseVerify(SOUND)).toEqual({
      ok: true,
      problems: [],
      detail: "43 files and WAL segments read and checked",
    });
  });

  it.each([
    ["a count of damage", SOUND.replace("checksum invalid: 0", "checksum invalid: 1"), /checksum invalid: 1/],
    ["a backup that is not valid", SOUND.replace("status: valid", "status: invalid"), /20261123-220318F/],
    ["a logged error", `${SOUND}ERROR: [028]: raised from local-1`, /raised from local-1/],
    ["a logged warning", `${SOUND}WARN: no backups exist`, /no backups exist/],
    ["another status", SOUND.replace("status: ok", "status: error"), /status: error/],
    ["nothing at all", "", /said nothing at all/],
  ])("%s is a problem", (_, output, problem) => {
    const { ok, problems } = parseVerify(output);
    expect(ok).toBe(false);
    expect(problems.join("\n")).toMatch(problem);
  });

  it("is not ok when nothing was read", () => {
    expect(parseVerify("status: ok").ok).toBe(false);
  });
});
