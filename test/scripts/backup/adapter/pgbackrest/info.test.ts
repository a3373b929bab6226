import { describe, expect, it } from "vitest";
import { parseInfo, parseListing, walSegments } from "../../../../../scripts/backup/adapter/pgbackrest/info";

const INFO = `[{"name":"learning","status":{"code":0,"message":"ok"},
  "db":[{"id":1,"system-id":7654321098765432109,"version":"15","repo-key":1}],
  "backup":[{"label":"20261123-215149F","type":"full","timestamp":{"start":1795470709,"stop":1795470713},
    "lsn":{"start":"0/4000028","stop":"0/4002258"},
    "archive":{"start":"000000010000000000000004","stop":"000000010000000000000004"},
    "error":false,"info":{"size":40912345,"repository":{"size":4091,"delta":4091}},"reference":null,
    "database":{"id":1,"repo-key":1}}]}]`;

describe("parseInfo", () => {
  it("keeps all digits of the cluster's identifier, which no number can hold", () => {
    expect(parseInfo(INFO, "learning")[0]!.systemIdentifier).toBe("7654321098765432109");
  });
});

describe("a listing", () => {
  const listing = parseListing(
    JSON.stringify({
      "0000000100000000": { type: "path" },
      "0000000100000000/000000010000000000000005-896010ba29b8560784e42ff5e524c16dc32721e1.zst": {
        type: "file",
        size: 138608,
        time: 1795470713,
      },
      "0000000100000000/000000010000000000000004-0d6bac8117754746ce915c868c7e8f7efe26b62e.zst": {
        type: "file",
        size: 213408,
      },
      "0000000100000000/000000010000000000000004.000021C8.backup": { type: "file", size: 400, time: 1 },
    }),
  );

  it("gives segments in order, with their SHA-1, and the moment of storing where the repository says so", () => {
    expect(walSegments(listing)).toEqual([
      {
        name: "000000010000000000000004",
        bytes: 213408,
        archivedAt: undefined,
        sha1: "0d6bac8117754746ce915c868c7e8f7efe26b62e",
      },
      {
        name: "000000010000000000000005",
        bytes: 138608,
        archivedAt: new Date("2026-11-23T21:51:53.000Z"),
        sha1: "896010ba29b8560784e42ff5e524c16dc32721e1",
      },
    ]);
  });
});
