// Other users of this machine make what ops is about to make, or write where it looks. `ops` refuses, and touches nothing of theirs.
import { spawn } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHost } from "../../scripts/machine";
import { identify } from "../../scripts/machine/identity";
import { isRoot, user } from "../scripts/machine/accounts";
import { type Ground, makeGround } from "./ops";

const host = createHost();
let ground: Ground;
beforeEach(() => {
  ground = makeGround();
});
afterEach(() => ground.remove());

const as = (account: string, script: string) => host.run("/bin/sh", ["-c", script], { user: account });
const described = (place: string): string => `${lstatSync(place).mode.toString(8)} ${lstatSync(place).uid}`;

describe.runIf(isRoot)("the sockets' directory that somebody else made first", () => {
  it.each([
    ["a directory of his", (place: string) => `mkdir '${place}'`, "belongs to uid"],
    [
      "a link to a directory of ours",
      (place: string) => `ln -s '${ground.base}/ours' '${place}'`,
      "is a symbolic link",
    ],
    ["a link to nothing", (place: string) => `ln -s /nowhere '${place}'`, "is a symbolic link"],
    ["a file", (place: string) => `: >'${place}'`, "is no directory"],
  ])("as %s is refused, and left as it was", async (_, script, found) => {
    mkdirSync(path.join(ground.base, "ours"), { mode: 0o700 });
    expect((await as("nobody", script(ground.sockets))).exitCode).toBe(0);
    const before = [described(ground.sockets), described(path.join(ground.base, "ours"))];
    const { code, result } = await ground.ops("drill", "--reap");
    expect(code).not.toBe(0);
    expect(String(result.lines)).toContain(`${ground.sockets} ${found}`);
    expect(String(result.lines)).toContain("to do:");
    expect([described(ground.sockets), described(path.join(ground.base, "ours"))]).toEqual(before);
    rmSync(ground.sockets, { recursive: true, force: true });
  });

  it("made by us lets nobody else in, or move what is in it", async () => {
    expect((await ground.ops("drill", "--reap")).code).toBe(0);
    expect(described(ground.sockets)).toBe("40711 0");
    mkdirSync(path.join(ground.sockets, "x"));
    for (const account of ["nobody", user])
      expect((await as(account, `mv '${ground.sockets}/x' '${ground.sockets}/y'`)).exitCode).not.toBe(0);
  });
});

describe.runIf(isRoot)("what the database's account writes among the copies", () => {
  const lie = (id: string, init: unknown) =>
    JSON.stringify({
      id,
      purpose: "x",
      owner: { pid: 4_000_000, startTime: "x" },
      init,
      leader: init,
      token: "t",
      socketDirectory: "/nonexistent/x",
      created: "",
      kept: false,
    });

  it("cannot be written there; and where an operator gave it the directory, harms nothing", async () => {
    await ground.ops("drill", "--reap");
    const precious = path.join(ground.base, "precious");
    mkdirSync(precious);
    writeFileSync(path.join(precious, "file"), "keep");
    mkdirSync(path.join(ground.state, "sandbox-to-be"));
    const victim = spawn("sleep", ["300"]);
    const init = { ...(await identify(victim.pid!))!, namespace: readlinkSync("/proc/self/ns/pid") };
    const { copies } = ground;
    const id = "20261130t000000-abcdef";
    const attacks = [
      `echo '{"pid":4000000,"startTime":"x"}' >'${copies}/.intent-..'`,
      `mkdir '${copies}/fake' && printf t >'${copies}/fake/.ops-copy' && echo '${lie("fake", init)}' >'${copies}/fake/copy.json'`,
      `mkdir '${copies}/${id}' && printf t >'${copies}/${id}/.ops-copy' && echo '${lie(id, init)}' >'${copies}/${id}/copy.json'`,
      `ln -s '${precious}' '${copies}/20261130t000000-abcde0'`,
      `echo '{"pid":4000000,"startTime":"x"}' >'${copies}/.intent-20261130t000000-abcde0'`,
    ];
    for (const attack of attacks) expect((await as(user, attack)).exitCode).not.toBe(0);
    expect(readdirSync(copies).filter((name) => name !== ".lock")).toEqual([]);

    await host.handOver(copies, user);
    await host.handOver(precious, user);
    for (const attack of attacks) expect((await as(user, attack)).exitCode).toBe(0);
    expect((await as(user, `echo '${lie("l", null)}' >'${precious}/copy.json'`)).exitCode).toBe(0);
    const planted = readdirSync(copies).sort();
    const { code } = await ground.ops("drill", "--reap");
    expect(code).toBe(0);
    expect([victim.exitCode, victim.signalCode]).toEqual([null, null]);
    victim.kill("SIGKILL");
    expect(readFileSync(path.join(precious, "file"), "utf8")).toBe("keep");
    expect(existsSync(path.join(ground.state, "sandbox-to-be"))).toBe(true);
    expect(readdirSync(copies).sort()).toEqual(expect.arrayContaining(planted));
  });
});

describe("copies declared where they may not be", () => {
  it.each(["/", "/etc", "/etc/copies", "/root", "/home", "/var/lib/postgresql"])(
    "%s is refused",
    async (place) => {
      const before = described("/etc");
      const { code, result } = await ground.start(["drill", "--reap"], { OPS_STATE: place }).ended;
      expect(code).not.toBe(0);
      expect(String(result.lines)).toMatch(/is a directory of the system|is a home directory|belongs to/);
      expect(described("/etc")).toBe(before);
    },
  );
});
