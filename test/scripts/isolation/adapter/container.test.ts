import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createIsolation } from "../../../../scripts/isolation/adapter";
import type { Container } from "../../../../scripts/isolation/port";
import { createHost } from "../../../../scripts/machine";
import { isRoot, user } from "../../machine/accounts";
import { makePlace, type Place } from "./place";

const host = createHost();
let place: Place;
/** `unshare` on a machine where only unprivileged user namespaces are allowed. */
let onlyUnprivileged: string;
let container: Container | undefined;

beforeAll(async () => {
  place = await makePlace();
  onlyUnprivileged = path.join(place.base, "unshare");
  const script =
    '#!/bin/sh\ncase "$*" in --user*) exec unshare "$@" ;; esac\necho "unshare: not permitted" >&2\nexit 1\n';
  await host.writeText(onlyUnprivileged, script, { mode: 0o755 });
});
afterAll(() => place.remove());
afterEach(async () => {
  await container?.close();
  container = undefined;
});

async function open(unshare?: string): Promise<Container> {
  const isolation = createIsolation(host, unshare === undefined ? {} : { unshare });
  const request = {
    id: "test",
    user,
    outside: user,
    writable: [place.copy],
    readOnly: [place.readable, "/no/such"],
  };
  container = await isolation.open(request);
  return container;
}

const sh = async (one: Container, script: string, options = {}): Promise<string> => {
  const { stdout, stderr } = await one.run("sh", ["-c", script], options);
  return (stdout + stderr).trim();
};

describe.each([
  ["as this machine gives it", undefined],
  ["with user namespaces only", "unprivileged"],
  ["where namespaces are denied", "/bin/false"],
])("a container %s", (_name, kind) => {
  const enter = () => open(kind === "unprivileged" ? onlyUnprivileged : kind);

  it("says whether it isolates, and what it says is so", async () => {
    const one = await enter();
    const ways = await one.egress();
    const seen = await sh(one, `ls -A ${place.source}; touch ${place.readable}/x && rm ${place.readable}/x`);
    if (one.isolated) {
      expect(one.separation).toMatch(/network, mount, pid/);
      expect(one.init && (await host.alive(one.init))).toBe(true);
      expect(ways).toEqual([]);
      expect(seen).toMatch(/^ls: .*No such file or directory\ntouch: .*Read-only file system$/);
      expect(await sh(one, `ls -d /proc/${process.pid}`)).toMatch(/No such file/);
    } else {
      expect(one.separation).toMatch(/^none \(.+\)$/);
      expect(one.init).toBeNull();
      expect(ways).not.toEqual([]);
      expect(seen).toBe(".s.PGSQL.5432");
    }
    if (kind === "/bin/false") expect(one.isolated).toBe(false);
  });

  it("runs programs as the account, with its home, and lets them write where they may", async () => {
    const one = await enter();
    const options = { cwd: place.copy, env: { GREETING: "hello" }, input: "by input" };
    const said = await sh(
      one,
      'id -un; echo "$PWD $GREETING"; cat; touch file && rm file; echo "$?"',
      options,
    );
    expect(said.split("\n")).toEqual([user, `${place.copy} hello`, "by input0"]);
    expect(await one.run("sh", ["-c", "exit 9"])).toMatchObject({ exitCode: 9 });
  });

  it("ends a program at its limit, with its children", async () => {
    const one = await enter();
    const result = await one.run("sh", ["-c", "sleep 71.5 & sleep 71.5; wait"], { timeoutSeconds: 0.3 });
    expect(result.timedOut).toBe(true);
    expect(await running("sleep 71.5")).toEqual([]);
  });

  it("signals the program itself and appends what it says to the log", async () => {
    const one = await enter();
    const logFile = path.join(place.copy, "log");
    writeFileSync(logFile, "before\n");
    const script =
      'trap "echo interrupted; exit 3" INT; echo "started $GREETING"; while :; do sleep 0.05; done';
    const program = await one.spawn("sh", ["-c", script], { logFile, env: { GREETING: "well" } });
    await vi.waitFor(() => expect(readFileSync(logFile, "utf8")).toBe("before\nstarted well\n"));
    expect(program.running()).toBe(true);
    await program.signal("SIGINT");
    expect(await program.exited).toEqual({ exitCode: 3, signal: null });
    expect(program.running()).toBe(false);
    await program.signal("SIGKILL");
    expect(readFileSync(logFile, "utf8")).toBe("before\nstarted well\ninterrupted\n");
  });

  it("hears every line of a program whose log has no room, up to the last words of one that was killed", async () => {
    const one = await enter();
    const heard: string[] = [];
    const script =
      'i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done; printf "no room" >&2; kill -9 $$';
    const options = { logFile: "/dev/full", onLine: (line: string) => heard.push(line) };
    const program = await one.spawn("sh", ["-c", script], options);
    expect(await program.exited).toEqual({ exitCode: 137, signal: "SIGKILL" });
    expect(heard).toHaveLength(5001);
    expect(heard.slice(-2).sort()).toEqual(["line 4999", "no room"]);
  });

  it("learns of the end of a program although a descendant still holds its output", async () => {
    const one = await enter();
    const heard: string[] = [];
    const options = { logFile: "/dev/null", onLine: (line: string) => heard.push(line) };
    const program = await one.spawn("sh", ["-c", "sleep 75.5 & echo said; exit 4"], options);
    expect(await program.exited).toEqual({ exitCode: 4, signal: null });
    expect(heard).toEqual(["said"]);
  });

  it("tells a killed program from one that ended", async () => {
    const one = await enter();
    const program = await one.spawn("sleep", ["72.5"], { logFile: "/dev/null" });
    await program.signal("SIGKILL");
    expect(await program.exited).toEqual({ exitCode: 137, signal: "SIGKILL" });
  });

  it("leaves nothing running and nothing mounted when it is closed, and may be closed twice", async () => {
    const mounts = readFileSync("/proc/mounts", "utf8");
    const one = await enter();
    expect(readFileSync("/proc/mounts", "utf8")).toBe(mounts);
    const family = "setsid sleep 73.5 & sleep 73.5 & wait";
    const spawned = await one.spawn("sh", ["-c", family], { logFile: "/dev/null" });
    const run = one.run("sh", ["-c", "sleep 73.5"]);
    await vi.waitFor(async () => expect(await running("sleep 73.5")).toHaveLength(3));
    await Promise.all([one.close(), one.close()]);
    expect(await running("sleep 73.5")).toEqual([]);
    expect(spawned.running()).toBe(false);
    expect((await run).exitCode).not.toBe(0);
    expect(readFileSync("/proc/mounts", "utf8")).toBe(mounts);
    if (one.init) expect(await host.alive(one.init)).toBe(false);
  });

  it("compares attempts inside with the same attempts outside", async () => {
    const one = await enter();
    const controlListener = await createIsolation(host).controlListener("payment");
    const results = await one.probe([
      { kind: "tcp", name: "payment", host: controlListener.host, port: controlListener.port },
      { kind: "tcp", name: "payment by name", host: "localhost", port: controlListener.port },
      { kind: "unix-socket", name: "source", path: place.socket },
      { kind: "directory", name: "repository", directory: place.repository },
      { kind: "directory", name: "nowhere", directory: "/no/such" },
    ]);
    await controlListener.close();
    expect(results.map(({ probe }) => probe.name)).toEqual([
      "payment",
      "payment by name",
      "source",
      "repository",
      "nowhere",
    ]);
    expect(results.map(({ outside }) => outside.reached)).toEqual([true, true, true, true, false]);
    const reachable = !one.isolated;
    expect(results.map(({ inside }) => inside.reached)).toEqual([
      reachable,
      reachable,
      reachable,
      reachable,
      false,
    ]);
    expect(await host.list(place.repository)).toEqual([]);
  });

  it("dies with its init, and then refuses to run anything", async () => {
    const one = await enter();
    if (!one.init) return expect(one.isolated).toBe(false);
    const program = await one.spawn("sleep", ["74.5"], { logFile: "/dev/null" });
    await vi.waitFor(async () => expect(await running("sleep 74.5")).toHaveLength(1));
    await host.kill(one.init);
    expect(await running("sleep 74.5")).toEqual([]);
    await program.exited;
    await expect(one.run("true", [])).rejects.toMatchObject({ exit: "inconclusive" });
    await expect(one.egress()).rejects.toMatchObject({ exit: "inconclusive" });
    await expect(one.probe([{ kind: "directory", name: "x", directory: "/" }])).rejects.toMatchObject({
      exit: "inconclusive",
    });
    await one.close();
  });
});

describe("the way in", () => {
  it("is the privileged one for root, the unprivileged one otherwise and when that is refused", async () => {
    const [first, second] = [await open(), await open(onlyUnprivileged)];
    const denied = /^none \(.*(not permitted|denied)/i;
    const privileged = isRoot ? /^network/ : /^unprivileged user/;
    expect(first.separation).toMatch(first.isolated ? privileged : denied);
    expect(second.separation).toMatch(second.isolated ? /^unprivileged user/ : denied);
    await first.close();
  });
});

describe("probes", () => {
  it("that cannot be made are not taken for probes that failed", async () => {
    const one = await open();
    const { execPath } = process;
    process.execPath = "/no/such/node";
    try {
      const connection = one.probe([{ kind: "tcp", name: "payment", host: "127.0.0.1", port: 1 }]);
      await expect(connection).rejects.toMatchObject({ exit: "inconclusive" });
    } finally {
      process.execPath = execPath;
    }
  });
});

describe("witness", () => {
  it("listens on loopback until it is closed, even while somebody is connected", async () => {
    const controlListener = await createIsolation(host).controlListener("sms");
    expect(controlListener.host).toBe("127.0.0.1");
    const response = await host.run(process.execPath, [
      "-e",
      "require('net').connect(+process.argv[1]).pipe(process.stdout)",
      String(controlListener.port),
    ]);
    expect(response.stdout).toBe("witness of sms\n");
    await controlListener.close();
    await controlListener.close();
  });
});

/** Pids of exactly this command line. */
async function running(command: string): Promise<string[]> {
  const { stdout } = await host.run("pgrep", ["-fx", command.replaceAll(".", "[.]")]);
  return stdout.split("\n").filter(Boolean);
}
