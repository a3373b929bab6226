// Where dumps are kept: written once, read back, never changed.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  createWriteStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createDumps } from "../../../../scripts/dump/adapter/dumps";
import { isRoot, user } from "../../machine/accounts";

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

  describe("that somebody else may change", () => {
    const STRANGER = 65_534;
    const dumpsIn = (place: string) => createDumps({ name: "p", dumps: path.join(base, place), backups });
    const described = (place: string): string => {
      const { mode, uid, gid } = lstatSync(path.join(base, place));
      return `${mode.toString(8)} ${uid}:${gid}`;
    };
    const made = (place: string, mode: number, uid = 0): void => {
      mkdirSync(path.join(base, place));
      chmodSync(path.join(base, place), mode);
      chownSync(path.join(base, place), uid, uid);
    };
    const asRoot = isRoot ? it : it.skip;

    asRoot.each<[string, string, RegExp, () => void]>([
      ["is a stranger's", "theirs", /belongs to uid 65534/, () => made("theirs", 0o755, STRANGER)],
      ["is open to all", "open", /can be written by others/, () => made("open", 0o777)],
      ["lies in a stranger's", "above/dumps", /lies below .*above/, () => made("above", 0o755, STRANGER)],
      [
        "is a link",
        "link",
        /is a symbolic link/,
        () => symlinkSync(path.join(base, "victim"), path.join(base, "link")),
      ],
      [
        "has a link where a dump is to be",
        "planted",
        /planted\/one is a symbolic link/,
        () => {
          made("planted", 0o700);
          symlinkSync(path.join(base, "victim"), path.join(base, "planted/one"));
        },
      ],
    ])("is refused, and nothing is written or given away: it %s", async (_, place, found, make) => {
      if (!existsSync(path.join(base, "victim"))) made("victim", 0o755);
      make();
      const before = [described("victim"), described(path.dirname(place)), described(place.split("/")[0]!)];
      await expect(dumpsIn(place).putText("one", "roles.sql", "x")).rejects.toMatchObject({
        exit: "directory",
        message: expect.stringMatching(found),
      });
      expect([described("victim"), described(path.dirname(place)), described(place.split("/")[0]!)]).toEqual(
        before,
      );
      expect(readdirSync(path.join(base, "victim"))).toEqual([]);
    });

    asRoot("is made for the account that we work for, with all that is in it", async () => {
      await dumpsIn("ours/dumps").putText("one", "roles.sql", "x");
      const { uid, gid } = statSync(path.join(base, "ours/dumps/one/roles.sql"));
      expect(uid).not.toBe(0);
      for (const place of ["ours/dumps", "ours/dumps/one"])
        expect(described(place)).toBe(`40700 ${uid}:${gid}`);
    });
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
