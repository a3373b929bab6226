// Which engine stands behind a platform's backups is said by its file; a name that no engine has is refused.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadPlatform } from "../../../../policies/service/load";
import { connectBackups, ENGINES } from "../../../../scripts/backup/adapter";
import { createHost } from "../../../../scripts/machine";

const ROOT = path.resolve(__dirname, "../../../..");
const platform = loadPlatform(ROOT, "sandbox", { sandbox: "/s", socket: "/k", copies: "/c" });
const naming = (adapter: string) => ({ ...platform, backups: { ...platform.backups, adapter } });

describe("the engine of a platform's backups", () => {
  it.each(Object.keys(ENGINES))("%s gives all three ports", (adapter) => {
    const tools = connectBackups(createHost(), naming(adapter));
    expect(Object.keys(tools).sort()).toEqual(["backupEngine", "backupRepository", "walArchive"]);
  });

  it.each(["barman", "", "constructor"])("%j is refused, naming those that exist", (adapter) => {
    expect(() => connectBackups(createHost(), naming(adapter))).toThrow(
      expect.objectContaining({
        exit: "config",
        message: `platform sandbox: there is no backup engine ${adapter}`,
        expected: `one of ${Object.keys(ENGINES).join(", ")}`,
      }),
    );
  });

  it("is offered by the schema of platform files under the same name", () => {
    const schema: { properties: { backups: { properties: { adapter: { enum: string[] } } } } } = JSON.parse(
      readFileSync(path.join(ROOT, "policies/schemas/platform.schema.json"), "utf8"),
    );
    expect(schema.properties.backups.properties.adapter.enum.sort()).toEqual(Object.keys(ENGINES).sort());
  });
});
