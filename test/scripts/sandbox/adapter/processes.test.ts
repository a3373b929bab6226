import { spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import {
  descendants,
  gone,
  occupied,
  processes,
  processesOfPs,
  processOf,
  same,
  send,
} from "../../../../scripts/sandbox/adapter/processes";

const started: number[] = [];
/** A child that runs for a minute, and has a child of its own. */
async function family(cwd = "/"): Promise<number> {
  const child = spawn("sh", ["-c", "sleep 60 & echo ready; wait"], {
    cwd,
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  started.push(child.pid!, ...descendants(child.pid!).map((one) => one.pid));
  return child.pid!;
}
afterEach(() => {
  for (const pid of started.splice(0)) send(pid, "SIGKILL");
});

describe("processes", () => {
  it.each([
    { source: "the system's usual source", list: processes },
    { source: "ps", list: processesOfPs },
  ])("finds ourselves and a child in $source", async ({ list }) => {
    const pid = await family();
    const found = list();
    expect(found.find((one) => one.pid === process.pid)?.parent).toBe(process.ppid);
    expect(found.find((one) => one.pid === pid)).toMatchObject({
      parent: process.pid,
      command: expect.stringContaining("sleep 60"),
      startTime: expect.stringMatching(/\d/),
    });
  });

  it("finds grandchildren", async () => {
    const pid = await family();
    expect(descendants(process.pid).map((one) => one.pid)).toContain(pid);
    expect(descendants(pid).map((one) => one.parent)).toEqual([pid]);
  });

  it("sees that they are gone only when all of them are", async () => {
    const pid = await family();
    const all = [processOf(pid)!, ...descendants(pid)];
    send(pid, "SIGKILL");
    expect(await gone(all, 0.2)).toBe(false);
    for (const one of all) send(one.pid, "SIGKILL");
    expect(await gone(all, 5)).toBe(true);
  });

  it("does not take a process with a reused pid for the old one", () => {
    const ourselves = processOf(process.pid)!;
    expect(same(ourselves, processOf(process.pid))).toBe(true);
    expect(same({ ...ourselves, startTime: "long ago" }, ourselves)).toBe(false);
    expect(same(ourselves, undefined)).toBe(false);
  });

  it("tells whether somebody works in a directory, where the system can tell", async () => {
    const directory = realpathSync(tmpdir());
    await family(directory);
    expect([true, undefined]).toContain(occupied(directory));
    expect([false, undefined]).toContain(occupied(`${directory}/nobody-is-here`));
  });
});
