// Where dumps are kept: written once, read back, never changed.
import { execFileSync, spawnSync } from "node:child_process";
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createDumps } from "../../../../scripts/dump/adapter/dumps";
import { user } from "../../machine/accounts";

const base = mkdtempSync("/tmp/opst-");
afterAll(() => rmSync(base, { recursive: true, force: true }));

const backups = { adapter: "pgbackrest", stanza: "s", config: "/c", osUser: user } as const;
const dumps = createDumps({ name: "p", dumps: path.join(base, "a/b"), backups });

describe("the place of dumps", () => {
  it("keeps a file and a text, for their owner only, and says what was read back", async () => {
    writeFileSync(path.join(base, "local"), "abc");
    const stored = await dumps.put("one", "x.dump", path.join(base, "local"));
    expect(stored).toEqual({
      name: "x.dump",
      bytes: 3,
      sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    });
    await dumps.putText("one", "roles.sql", "学\n");
    expect(readFileSync(dumps.path("one", "roles.sql"), "utf8")).toBe("学\n");
    for (const file of ["a/b", "a/b/one", "a/b/one/x.dump"])
      expect(statSync(path.join(base, file)).mode & 0o077, file).toBe(0);
  });

  it("never writes over what is there", async () => {
    await expect(dumps.putText("one", "roles.sql", "other")).rejects.toMatchObject({ exit: "directory" });
    expect(readFileSync(dumps.path("one", "roles.sql"), "utf8")).toBe("学\n");
  });

  it("says when there is no room", async ({ skip }) => {
    const full = path.join(base, "full");
    mkdirSync(full);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "ops-test", full]);
    skip(mounted.status !== 0, "nothing may be mounted here");
    try {
      writeFileSync(path.join(base, "large"), Buffer.alloc(1_000_000, 7));
      const small = createDumps({ name: "p", dumps: full, backups });
      await expect(small.put("one", "x.dump", path.join(base, "large"))).rejects.toMatchObject({
        exit: "space",
      });
    } finally {
      execFileSync("umount", [full]);
    }
  });

  it("says when what is read back is not what was written", async () => {
    const pipe = path.join(base, "pipe");
    execFileSync("mkfifo", [pipe]);
    const putting = dumps.put("two", "y.dump", pipe);
    const failed = expect(putting).rejects.toMatchObject({
      exit: "fail",
      message: expect.stringContaining("reads back different"),
    });
    const source = createWriteStream(pipe);
    source.write("abc");
    const file = dumps.path("two", "y.dump");
    await expect.poll(() => readFileSync(file, "utf8"), { interval: 5 }).toBe("abc");
    const spoiler = await open(file, "r+");
    await spoiler.write("X", 0);
    await spoiler.close();
    source.end();
    await failed;
  });
});
