// What somebody else puts among the copies is never followed, deleted or obeyed: names, links, records of every kind of lie. Each
// attack has its positive control: the same record, made by us, is acted upon.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHost } from "../../../scripts/machine";
import { identify, killInit } from "../../../scripts/machine/identity";
import type { ProcessIdentity } from "../../../scripts/machine/port";
import { listCopies, reapCopies } from "../../../scripts/restore/reap";
import { isRoot } from "../machine/accounts";

const host = createHost();
const ID = "20261130t000000-00000a";
const OTHER = "20261130t000000-00000b";
const STRANGER = 65_534;
let base: string;
let departed: ProcessIdentity;
let children: ChildProcess[] = [];
const at = (...names: string[]): string => path.join(base, ...names);
const places = () => ({ host, copies: at("state", "copies"), sockets: at("sockets") });

beforeAll(async () => {
  const child = spawn("sleep", ["60"]);
  departed = (await identify(child.pid!))!;
  child.kill("SIGKILL");
  await once(child, "exit");
});
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), "ops-reap-"));
  for (const name of ["state/copies", "state/sandbox", "sockets", "precious/deep"])
    mkdirSync(at(name), { recursive: true });
  writeFileSync(at("state/sandbox/backup"), "precious");
  writeFileSync(at("precious/file"), "keep");
  writeFileSync(at("precious/deep/file"), "keep");
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  rmSync(base, { recursive: true });
});

/** Nothing beyond the copies has changed. */
function expectUnharmed(): void {
  expect(readFileSync(at("state/sandbox/backup"), "utf8")).toBe("precious");
  expect(readdirSync(at("precious")).sort()).toEqual(expect.arrayContaining(["deep", "file"]));
  expect(readFileSync(at("precious/deep/file"), "utf8")).toBe("keep");
  expect(existsSync(at("state/copies"))).toBe(true);
}

/** A record as ops would have written it, of a directory and with whatever else is said. */
function writeRecord(directory: string, change: Record<string, unknown> = {}): string {
  const { dev, ino } = statSync(directory, { bigint: true });
  const record = {
    id: ID,
    purpose: "test",
    owner: departed,
    init: null,
    device: String(dev),
    inode: String(ino),
  };
  const file = path.join(directory, "copy.json");
  writeFileSync(file, JSON.stringify({ ...record, created: "", kept: false, ...change }), { mode: 0o600 });
  return file;
}

const copy = (name = ID): string => {
  mkdirSync(at("state/copies", name));
  writeFileSync(at("state/copies", name, "data"), "");
  return at("state/copies", name);
};
const intent = (name: string): string => {
  const file = at("state/copies", `.intent-${name}`);
  writeFileSync(file, JSON.stringify(departed), { mode: 0o600 });
  return file;
};

async function victim(): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
  const child = spawn("sleep", ["60"]);
  children.push(child);
  return { child, identity: (await identify(child.pid!))! };
}
const lives = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

it("is removed when the record is ours and of this very directory", async () => {
  writeRecord(copy());
  mkdirSync(at("sockets", ID));
  expect(await reapCopies(places())).toEqual([ID]);
  expect([...readdirSync(at("state/copies")), ...readdirSync(at("sockets"))]).toEqual([]);
});

describe("a record is not believed", () => {
  const lies: Record<string, (directory: string, file: string) => void> = {
    "of another directory": (directory) => writeRecord(directory, { inode: "1" }),
    "of another device": (directory) => writeRecord(directory, { device: "1" }),
    "without a directory": (directory) => writeRecord(directory, { device: undefined, inode: undefined }),
    "with another id": (directory) => writeRecord(directory, { id: OTHER }),
    "with an id that climbs": (directory) => writeRecord(directory, { id: "../../precious" }),
    "without an id": (directory) => writeRecord(directory, { id: null }),
    "that others may write": (_, file) => chmodSync(file, 0o666),
    "that its group may write": (_, file) => chmodSync(file, 0o620),
    "with a second name": (_, file) => linkSync(file, at("second")),
    "behind a link": (_, file) => {
      writeFileSync(at("elsewhere"), readFileSync(file), { mode: 0o600 });
      rmSync(file);
      symlinkSync(at("elsewhere"), file);
    },
    "that is a directory": (_, file) => {
      rmSync(file);
      mkdirSync(file);
    },
    "that is null": (_, file) => writeFileSync(file, "null"),
    "that is no JSON": (_, file) => writeFileSync(file, "{"),
    "that is endless": (_, file) => writeFileSync(file, Buffer.alloc(2 ** 20 + 1, " ")),
    ...(isRoot
      ? { "of another owner": (_: string, file: string) => chownSync(file, STRANGER, STRANGER) }
      : {}),
  };
  it.each(Object.keys(lies))("%s", async (lie) => {
    const directory = copy();
    lies[lie]!(directory, writeRecord(directory));
    mkdirSync(at("sockets", ID));
    expect(await reapCopies(places())).toEqual([]);
    expect(existsSync(path.join(directory, "data"))).toBe(true);
    expect(existsSync(at("sockets", ID))).toBe(true);
    expect((await listCopies(places())).map(({ state }) => state)).toEqual(["not ours"]);
    expectUnharmed();
  });
});

describe("an entry is never followed", () => {
  it.each(["precious", "state/sandbox", "state", "."])(
    "a link to %s, with a record there that is right",
    async (to) => {
      const directory = at(to);
      writeRecord(directory);
      symlinkSync(directory, at("state/copies", ID));
      expect(await reapCopies(places())).toEqual([]);
      expect(lstatSync(at("state/copies", ID)).isSymbolicLink()).toBe(true);
      expectUnharmed();
    },
  );

  it("nor is one inside a copy, however deep, nor one that is put in the place of its sockets", async () => {
    const directory = copy();
    writeRecord(directory);
    let deep = path.join(directory, "tree");
    for (let n = 0; n < 200; n++) {
      mkdirSync(deep);
      symlinkSync(at("precious"), path.join(deep, "link"));
      linkSync(at("precious/file"), path.join(deep, "hard"));
      deep = path.join(deep, "d");
    }
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0xfe, 0x0a])]), "no UTF-8");
    symlinkSync(at("precious"), path.join(directory, "data2"));
    symlinkSync(at("precious"), at("sockets", ID));
    expect(await reapCopies(places())).toEqual([ID]);
    expect([...readdirSync(at("state/copies")), ...readdirSync(at("sockets"))]).toEqual([]);
    expectUnharmed();
  });

  it("nor are the copies themselves", async () => {
    rmSync(at("state/copies"), { recursive: true });
    mkdirSync(at("real"));
    symlinkSync(at("real"), at("state/copies"));
    mkdirSync(at("real", ID));
    writeRecord(at("real", ID));
    expect(await reapCopies(places())).toEqual([]);
    expect(existsSync(at("real", ID))).toBe(true);
  });
});

describe("an announcement of a copy", () => {
  it("is believed of a directory of ours that has no record yet", async () => {
    copy();
    intent(ID);
    expect(await reapCopies(places())).toEqual([ID]);
    expect(readdirSync(at("state/copies"))).toEqual([]);
  });

  it.each(["..", ".", "...", "x", `${ID}.`, `..${ID}`, ` ${ID}`, `${ID}\n`, ID.toUpperCase(), "-rf", ""])(
    "is not believed of the name %j",
    async (name) => {
      const file = intent(name);
      if (!/^\.*$/.test(name)) mkdirSync(at("state/copies", name));
      expect(await reapCopies(places())).toEqual([]);
      expect(existsSync(file)).toBe(true);
      expectUnharmed();
    },
  );

  it("is not believed from somebody else, through a link, or of a link", async () => {
    copy();
    const file = intent(ID);
    if (isRoot) chownSync(file, STRANGER, STRANGER);
    else chmodSync(file, 0o666);
    writeFileSync(at("elsewhere"), JSON.stringify(departed), { mode: 0o600 });
    symlinkSync(at("elsewhere"), at("state/copies", `.intent-${OTHER}`));
    symlinkSync(at("precious"), at("state/copies", OTHER));
    expect(await reapCopies(places())).toEqual([]);
    expect(existsSync(at("state/copies", ID, "data"))).toBe(true);
    expectUnharmed();
  });
});

describe("a process is not killed", () => {
  it.each([
    ["without a namespace", () => ({})],
    ["in our own namespace", () => ({ namespace: readlinkSync("/proc/self/ns/pid") })],
    ["in a namespace that it is not in", () => ({ namespace: "pid:[1]" })],
  ])("that is recorded %s", async (_, more) => {
    const { child, identity } = await victim();
    writeRecord(copy(), { init: { ...identity, ...more() } });
    expect(await reapCopies(places())).toEqual([ID]);
    expect(lives(child)).toBe(true);
  });

  it.runIf(isRoot)(
    "that is in another namespace without being its first, or has another start time",
    async () => {
      const holder = spawn("unshare", [
        "--pid",
        "--fork",
        "--kill-child",
        "sh",
        "-c",
        "sleep 60 & echo; wait",
      ]);
      children.push(holder);
      await once(holder.stdout, "data");
      const { stdout } = await host.run("pgrep", ["-P", String(holder.pid)]);
      const init = Number(stdout);
      const inner = Number((await host.run("pgrep", ["-P", String(init)])).stdout);
      const namespace = readlinkSync(`/proc/${init}/ns/pid`);
      const identity = { ...(await identify(init))!, namespace };
      await killInit({ ...(await identify(inner))!, namespace });
      await killInit({ ...identity, startTime: `${identity.startTime}0` });
      expect(await identify(init)).toBeDefined();
      expect(await identify(inner)).toBeDefined();
      // The control: exactly what was recorded is killed, and all that is in it.
      writeRecord(copy(), { init: identity });
      expect(await reapCopies(places())).toEqual([ID]);
      expect(await identify(init)).toBeUndefined();
      expect(await identify(inner)).toBeUndefined();
    },
  );
});
