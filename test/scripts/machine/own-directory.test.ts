// A directory of ours is made at once with our owner and mode, or is shown to be ours; everything else is refused and left as it was.
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHost } from "../../../scripts/machine";
import { isRoot, user } from "./accounts";

const host = createHost();
const STRANGER = 65_534;
let base: string;
const at = (...names: string[]): string => path.join(base, ...names);
beforeEach(() => {
  base = mkdtempSync("/tmp/ops-own-");
  chmodSync(base, 0o755);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const described = (place: string): string => {
  const { mode, uid, gid } = lstatSync(place);
  return `${mode.toString(8)} ${uid}:${gid}`;
};
const own = (place: string, options: { mode?: number; user?: string } = {}): Promise<void> =>
  host.ownDirectory(place, { mode: 0o711, ...options });
const stranger = (place: string): void => chownSync(place, STRANGER, STRANGER);
const asRoot = isRoot ? it : it.skip;

async function expectRefused(place: string, found: string | RegExp, options = {}): Promise<void> {
  await expect(own(place, options)).rejects.toMatchObject({
    exit: "directory",
    message: expect.stringMatching(found),
    todo: expect.any(String),
  });
}

it("is made with its parents, whatever the umask, and found again", async () => {
  const umask = process.umask(0o077);
  try {
    await own(at("a/b"), { user });
  } finally {
    process.umask(umask);
  }
  await own(at("a/b"), { user });
  const us = `${process.getuid!()}:${process.getgid!()}`;
  expect(described(at("a/b"))).toBe(`40711 ${us}`);
});

describe("what is there is neither taken nor changed", () => {
  const refused: [string, string | RegExp, (place: string) => void, "root"?][] = [
    ["a link to a directory of ours", "is a symbolic link", (place) => symlinkSync(at("real"), place)],
    ["a link to nothing", "is a symbolic link", (place) => symlinkSync(at("nowhere"), place)],
    ["a file", "is no directory", (place) => writeFileSync(place, "")],
    ["open to all", "can be written by others", (place) => chmodSync(mkdirSync(place) ?? place, 0o777)],
    ["somebody else's", `belongs to uid ${STRANGER}`, (place) => stranger(mkdirSync(place) ?? place), "root"],
    [
      "open to somebody else's group",
      "can be written by others",
      (place) => {
        mkdirSync(place);
        chownSync(place, 0, STRANGER);
        chmodSync(place, 0o775);
      },
      "root",
    ],
    [
      "closed to whom we work for",
      `cannot be entered by ${user}`,
      (place) => chmodSync(mkdirSync(place) ?? place, 0o700),
      "root",
    ],
  ];
  for (const [name, found, put, only] of refused)
    (only ? asRoot : it)(`${name}: refused`, async () => {
      mkdirSync(at("real"));
      put(at("place"));
      const before = [described(at("place")), described(at("real"))];
      await expectRefused(at("place"), found, { user });
      expect([described(at("place")), described(at("real"))]).toEqual(before);
    });

  asRoot("below what others own or may write", async () => {
    mkdirSync(at("theirs"));
    stranger(at("theirs"));
    await expectRefused(at("theirs/ours"), `lies below ${at("theirs")}, which belongs to uid ${STRANGER}`);
    mkdirSync(at("open"));
    chmodSync(at("open"), 0o777);
    await expectRefused(at("open/x/ours"), "in which others may write");
    symlinkSync(at("open"), at("link"));
    await expectRefused(at("link/ours"), "in which others may write");
    chmodSync(at("open"), 0o1777);
    await own(at("open/ours"));
  });

  asRoot("of the account that we work for: taken as it is, but not where we work for nobody", async () => {
    await host.makeDirectory(at("place"), { user, mode: 0o700 });
    const before = described(at("place"));
    await own(at("place"), { user });
    await expectRefused(at("place"), "belongs to uid", { user: "root" });
    expect(described(at("place"))).toBe(before);
  });
});

describe("never", () => {
  it.each([
    "/",
    "/etc",
    "/etc/ops",
    "/usr/local/ops",
    "/var",
    "/var/lib",
    "/var/../etc/",
    "/tmp",
    "/tmp/",
    "/home",
    "/root",
    "/srv",
    "/dev/shm",
    "/dev/ops",
    "/proc/1",
    "/sys/ops",
    "/run",
    "/bin",
    homedir(),
    "/var/lib/postgresql",
  ])("%s", async (place) => {
    const before = described("/etc");
    await expectRefused(place, /is a directory of the system|is a home directory/);
    expect(described("/etc")).toBe(before);
  });

  it("by another name: a link above it, a relative path", async () => {
    symlinkSync("/etc", at("conf"));
    await expectRefused(at("conf/ops"), "is a directory of the system");
    await expectRefused("ops", "is no absolute path");
  });
});

describe("a directory made for somebody", () => {
  asRoot("is not given to him when it was there before", async () => {
    mkdirSync(at("place"), { mode: 0o751 });
    stranger(at("place"));
    await expect(host.makeDirectory(at("place"), { user, mode: 0o700 })).rejects.toMatchObject({
      exit: "directory",
      message: expect.stringContaining(`belongs to uid ${STRANGER}`),
    });
    expect(described(at("place"))).toBe(`40751 ${STRANGER}:${STRANGER}`);
    mkdirSync(at("ours"), { mode: 0o751 });
    await host.makeDirectory(at("ours"), { user, mode: 0o700 });
    expect(described(at("ours"))).toMatch(/^40751 0:/);
  });
});
