import { describe, expect, it } from "vitest";
import { loadPlatform } from "../../../policies/service/load";
import { DATABASE, layoutOf, PORT, STANZA, SUPERUSER } from "../../../scripts/sandbox/layout";
import { ROOT } from "../../policies/repository";

describe("layoutOf", () => {
  it.each([
    { why: "a relative directory", directory: "sandbox", socket: "/run/s", found: /sandbox is not absolute/ },
    { why: "a relative socket directory", directory: "/run/x", socket: "s", found: /s is not absolute/ },
    {
      why: "a socket name of 108 bytes",
      directory: "/run/x",
      socket: `/${"a".repeat(93)}`,
      found: /has 108 bytes/,
    },
    {
      why: "bytes, not characters",
      directory: "/run/x",
      socket: `/${"网".repeat(31)}`,
      found: /has 108 bytes/,
    },
  ])("refuses $why", ({ directory, socket, found }) => {
    expect(() => layoutOf(directory, socket)).toThrow(found);
  });

  it("takes a socket name of 107 bytes", () => {
    expect(layoutOf("/run/x", `/${"a".repeat(92)}`).socket).toHaveLength(93);
  });

  it("agrees with the platform file that jobs read", () => {
    const platform = loadPlatform(ROOT, "sandbox", { sandbox: "/run/x", socket: "/run/s", copies: "/run/c" });
    const layout = layoutOf("/run/x", "/run/s");
    expect(platform.backups).toMatchObject({ stanza: STANZA, config: layout.backrest.config });
    expect(platform.database).toMatchObject({ host: layout.socket, port: PORT, user: SUPERUSER });
    expect(platform.heartbeat).toEqual({ database: DATABASE, table: "ops.heartbeat", column: "at" });
  });
});
