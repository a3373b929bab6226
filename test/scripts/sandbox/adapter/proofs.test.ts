// What decides that a sandbox is removed or its server killed is ours alone; what the server's own account may write decides nothing.
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createHost } from "../../../../scripts/machine";
import { createClock } from "../../../../scripts/machine/clock";
import { identify } from "../../../../scripts/machine/identity";
import { createCluster } from "../../../../scripts/sandbox/adapter/cluster";
import { createSandbox } from "../../../../scripts/sandbox/adapter/sandbox";
import { type Layout, layoutOf } from "../../../../scripts/sandbox/layout";
import { writeMarker } from "../../../../scripts/sandbox/marker";
import { isRoot, user } from "../../machine/accounts";

const [host, clock] = [createHost(), createClock()];
let base: string;
let layout: Layout;
beforeEach(async () => {
  base = mkdtempSync("/tmp/ops-proofs-");
  chmodSync(base, 0o755);
  layout = layoutOf(path.join(base, "sandbox"), path.join(base, "s"));
  await host.ownDirectory(layout.directory, { user, mode: 0o711 });
  await host.makeDirectory(layout.data, { user, mode: 0o700 });
  mkdirSync(path.join(base, "precious"));
  writeFileSync(path.join(base, "precious/file"), "keep");
  const marker = { directory: layout.directory, scale: 1, systemIdentifier: null, created: "" };
  await writeMarker(host, layout, { ...marker, state: "building" });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const sandbox = () =>
  createSandbox({
    host,
    clock,
    directory: layout.directory,
    socket: layout.socket,
    user,
    environment: "sandbox",
  });

describe("a sandbox is not removed", () => {
  const lies: Record<string, () => void> = {
    "whose marker others may write": () => chmodSync(layout.marker, 0o666),
    "whose marker is a link": () => {
      renameSync(layout.marker, path.join(base, "marker"));
      symlinkSync(path.join(base, "marker"), layout.marker);
    },
    "that is another directory than the marked one": () => {
      const text = readFileSync(layout.marker);
      renameSync(layout.directory, path.join(base, "moved"));
      mkdirSync(layout.directory);
      writeFileSync(layout.marker, text, { mode: 0o600 });
    },
    "that is a link": () => {
      renameSync(layout.directory, path.join(base, "moved"));
      symlinkSync(path.join(base, "moved"), layout.directory);
    },
    ...(isRoot
      ? {
          "whose marker its own account wrote": () => {
            const { uid, gid } = statSync(layout.data);
            chownSync(layout.marker, uid, gid);
          },
        }
      : {}),
  };
  it.each(Object.keys(lies))("%s", async (lie) => {
    lies[lie]!();
    for (const act of [() => sandbox().down(), () => sandbox().up({ scale: 1 })])
      await expect(act()).rejects.toMatchObject({ exit: expect.stringMatching(/^(proofs|directory)$/) });
    expect(lstatSync(layout.directory)).toBeDefined();
    expect(
      existsSync(path.join(base, "moved", "data")) || existsSync(layout.data) || lie.includes("another"),
    ).toBe(true);
  });

  it("but one that an earlier version made is, by `down` alone, and nothing that links in it lead to", async () => {
    const marker = {
      state: "ready",
      directory: layout.directory,
      scale: 1,
      systemIdentifier: "7",
      created: "",
    };
    const write = (change: object): void =>
      writeFileSync(layout.marker, JSON.stringify({ ...marker, ...change }));
    if (isRoot) {
      const { uid, gid } = statSync(layout.data);
      chownSync(layout.marker, uid, gid);
    }
    symlinkSync(path.join(base, "precious"), path.join(layout.directory, "link"));
    write({});
    await expect(sandbox().up({ scale: 1 })).rejects.toMatchObject({
      todo: "ops sandbox down, then up again",
    });
    // Its cluster must be the one that it names, and there is none.
    await expect(sandbox().down()).rejects.toMatchObject({ exit: "proofs" });
    write({ directory: path.join(base, "precious"), state: "building" });
    await expect(sandbox().down()).rejects.toMatchObject({
      exit: expect.stringMatching(/^(proofs|directory)$/),
    });
    write({ state: "building" });
    await expect(sandbox().down()).resolves.toEqual({ directory: layout.directory });
    expect(existsSync(layout.directory)).toBe(false);
    expect(readFileSync(path.join(base, "precious/file"), "utf8")).toBe("keep");
  });

  it("but with its marker is, and nothing that links in it lead to", async () => {
    for (const place of [layout.data, layout.directory])
      symlinkSync(path.join(base, "precious"), path.join(place, "link"));
    symlinkSync(path.join(base, "precious"), layout.lostWal);
    await sandbox().down();
    expect(existsSync(layout.directory)).toBe(false);
    expect(readFileSync(path.join(base, "precious/file"), "utf8")).toBe("keep");
  });
});

describe("the server that a pid file names", () => {
  /** A process whose command line names the data directory, as the server's does. */
  const start = (as: string | undefined, cwd: string) =>
    host.run("/bin/sh", ["-c", "sleep 60; :", layout.data], { cwd, ...(as ? { user: as } : {}) });
  const pidOf = async (): Promise<number> => {
    const found = await vi.waitFor(async () => {
      const { stdout } = await host.run("pgrep", ["-f", `^/bin/sh -c sleep 60; : ${layout.data}$`]);
      expect(stdout.trim()).toMatch(/^\d+$/);
      return Number(stdout);
    });
    return found;
  };
  const kill = () => createCluster(host, clock, layout, user).kill();

  it.each([
    ["runs as somebody else", isRoot ? undefined : "skip", () => layout.data],
    ["works elsewhere", user, () => "/"],
  ])("is not killed when it %s", async (_, as, cwd) => {
    if (as === "skip") return;
    const ended = start(as, cwd());
    const pid = await pidOf();
    writeFileSync(path.join(layout.data, "postmaster.pid"), `${pid}\n`);
    await kill();
    expect(await identify(pid)).toBeDefined();
    process.kill(pid, "SIGKILL");
    await ended;
  });

  it("is killed when it runs as the account in the data directory, and a pid file that is none kills nobody", async () => {
    const ended = start(user, layout.data);
    const pid = await pidOf();
    const pidFile = path.join(layout.data, "postmaster.pid");
    writeFileSync(path.join(base, "pid"), `${pid}\n`);
    symlinkSync(path.join(base, "pid"), pidFile);
    await kill();
    await host.run("rm", [pidFile]);
    await host.run("mkfifo", [pidFile]);
    await kill();
    expect(await identify(pid)).toBeDefined();
    await host.run("rm", [pidFile]);
    writeFileSync(pidFile, `${pid}\n`);
    await kill();
    expect(await identify(pid)).toBeUndefined();
    await ended;
  });

  it("has its WAL hidden, but no directory that a link in its place leads to changes its mode", async () => {
    const precious = path.join(base, "precious");
    const before = lstatSync(precious).mode;
    symlinkSync(precious, path.join(layout.data, "pg_wal"));
    await expect(createCluster(host, clock, layout, user).loseWal()).rejects.toMatchObject({
      exit: "proofs",
    });
    expect(lstatSync(precious).mode).toBe(before);
  });
});
