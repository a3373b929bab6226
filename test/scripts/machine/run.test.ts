import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createHost } from "../../../scripts/machine";
import { childrenOf } from "../../../scripts/machine/identity";
import { isRoot, user } from "./accounts";

const host = createHost();
const sh = (script: string, options = {}) => host.run("sh", ["-c", script], options);

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("how a program ends", () => {
  it.each([
    ["well", "true", { exitCode: 0, signal: null }],
    ["badly", "exit 7", { exitCode: 7, signal: null }],
    ["killed", "kill -KILL $$", { exitCode: 137, signal: "SIGKILL" }],
    ["missing", "no-such-program", { exitCode: 127, signal: null }],
  ])("is told, not thrown: %s", async (_name, script, expected) => {
    expect(await sh(script)).toMatchObject({ ...expected, timedOut: false });
  });

  it("is 127 with a reason when there is nothing to start", async () => {
    const nothing = { exitCode: 127, stderr: expect.stringContaining("/no/such/program") };
    expect(await host.run("/no/such/program", [])).toMatchObject(nothing);
    expect(await host.run("true", [], { cwd: "/no/such/directory" })).toMatchObject({ exitCode: 127 });
  });
});

describe("surroundings of a program", () => {
  it("are the same whatever locale, zone and settings ops was started in", async () => {
    const before = await host.run("env", []);
    for (const [name, value] of Object.entries({
      TZ: "Asia/Kathmandu",
      LC_ALL: "tr_TR",
      PGHOST: "prod",
      PATH: "/x",
    }))
      vi.stubEnv(name, value);
    const after = await host.run("env", []);
    expect(after).toEqual(before);
    expect(after.stdout).toMatch(/^TZ=UTC$/m);
    expect(after.stdout).toMatch(/^PATH=.*\/usr\/sbin/m);
    expect(after.stdout).not.toMatch(/PGHOST|OPS/);
  });

  it("take what the caller adds", async () => {
    const { stdout } = await sh('echo "$GREETING from $PWD to $HOME"; cat', {
      env: { GREETING: "hello", HOME: "/h" },
      cwd: "/usr",
      input: "by input\n",
    });
    expect(stdout).toBe("hello from /usr to /h\nby input\n");
  });

  it("are those of the account asked for", async () => {
    const { stdout } = await sh('id -un; echo "$HOME"', { user });
    expect(stdout.split("\n")[0]).toBe(user);
    expect(stdout.split("\n")[1]).not.toBe("");
    expect((await sh("id -G", { user })).stdout).toBe((await sh(`id -G ${user}`)).stdout);
  });

  it("refuse an account that does not exist, unless we could not change to it anyway", async () => {
    const run = sh("true", { user: "no-such-account" });
    if (isRoot) await expect(run).rejects.toMatchObject({ exit: "missing" });
    else expect(await run).toMatchObject({ exitCode: 0 });
  });
});

describe("output", () => {
  it("comes line by line, with characters and lines put together again", async () => {
    const lines: string[] = [];
    const script = "printf 'a\\345'; sleep 0.05; printf '\\255\\246b\\nlast'; echo problem >&2";
    const { stdout, stderr } = await sh(script, {
      onLine: (line: string, stream: string) => lines.push(`${stream}: ${line}`),
    });
    expect(lines.sort()).toEqual(["stderr: problem", "stdout: a学b", "stdout: last"]);
    expect({ stdout, stderr }).toEqual({ stdout: "a学b\nlast", stderr: "problem\n" });
  });

  it("is kept up to 8 MiB, and it is the end that is kept", async () => {
    const { stdout } = await sh("head -c 20000000 /dev/zero | tr '\\0' x; echo end");
    expect(stdout.length).toBe(8 * 1024 * 1024);
    expect(stdout.endsWith("xend\n")).toBe(true);
  });

  it("is kept as far as was asked for, and every line is still reported", async () => {
    let lines = 0;
    const options = { keptCharacters: 100, onLine: () => lines++ };
    const { stdout } = await sh("seq 1 200000", options);
    expect(lines).toBe(200_000);
    expect(stdout).toHaveLength(100);
    expect(stdout.endsWith("199999\n200000\n")).toBe(true);
  });

  it("does not wait for a daemon that holds it open", async () => {
    const started = performance.now();
    const { stdout } = await sh("sleep 30 & echo $!");
    process.kill(Number(stdout));
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("stops the program and comes back to the caller when its reader throws", async () => {
    const reader = () => {
      throw new RangeError("unreadable");
    };
    await expect(sh("echo line; sleep 60", { onLine: reader })).rejects.toThrow("unreadable");
  });
});

describe("limits", () => {
  it("end a program with its children when its time is up", async () => {
    const result = await sh("sleep 61.5 & sleep 61.5; wait", { timeoutSeconds: 0.2 });
    expect(result).toMatchObject({ timedOut: true, signal: "SIGTERM" });
    expect(await running("61.5")).toEqual([]);
  });

  it("kill what ignores SIGTERM, after a grace", async () => {
    const started = performance.now();
    const result = await sh("trap '' TERM; sleep 62.5 & wait; sleep 62.5", { timeoutSeconds: 0.2 });
    expect(result).toMatchObject({ timedOut: true, signal: "SIGKILL", exitCode: 137 });
    expect(performance.now() - started).toBeGreaterThan(4_000);
    expect(await running("62.5")).toEqual([]);
  });

  it("let a program finish its own clean-up", async () => {
    const result = await sh(
      "trap 'echo cleaned; exit 3' TERM; sleep 0.1 & wait; while :; do sleep 0.05; done",
      {
        timeoutSeconds: 0.3,
      },
    );
    expect(result).toMatchObject({ timedOut: true, exitCode: 3, stdout: "cleaned\n" });
  });

  it("end it when the run is interrupted, and start nothing afterwards", async () => {
    const interrupt = new AbortController();
    const during = sh("sleep 63.5", { signal: interrupt.signal });
    setTimeout(() => interrupt.abort(), 100);
    expect(await during).toMatchObject({ timedOut: false, signal: "SIGTERM" });
    const after = await sh("echo started", { signal: interrupt.signal });
    expect(after).toMatchObject({ exitCode: 143, stdout: "" });
  });
});

describe("kill -9 of a program", () => {
  it("ends its workers too", async () => {
    const result = await sh("sleep 65.5 & sleep 0.2; kill -KILL $$");
    expect(result).toMatchObject({ signal: "SIGKILL" });
    await vi.waitFor(async () => expect(await running("65.5")).toEqual([]), { timeout: 2_000 });
  });
});

describe("kill -9 of ops", () => {
  it.runIf(existsSync("/usr/bin/setpriv"))("leaves no program running, and none of its workers", async () => {
    const child = spawn(
      process.execPath,
      ["--require", path.resolve(__dirname, "../../sources.cjs"), path.join(__dirname, "run-sleep.ts"), user],
      {
        cwd: path.resolve(__dirname, "../../.."),
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    try {
      await once(child.stdout, "data");
      const sleeping = (await running("64.5")).map(Number);
      expect(sleeping).toHaveLength(2);
      const children = await childrenOf(child.pid!);
      expect(sleeping.filter((pid) => children.includes(pid))).toHaveLength(1);
    } finally {
      child.kill("SIGKILL");
    }
    await once(child, "exit");
    await vi.waitFor(async () => expect(await running("64.5")).toEqual([]), { timeout: 5_000 });
  });
});

/** Pids of `sleep <seconds>`; each test has a number of its own. */
async function running(seconds: string): Promise<string[]> {
  const { stdout } = await host.run("pgrep", ["-fx", `sleep ${seconds.replace(".", "[.]")}`]);
  return stdout.split("\n").filter(Boolean);
}
