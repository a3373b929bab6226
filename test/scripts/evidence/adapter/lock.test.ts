import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { lockLedger } from "../../../../scripts/evidence/adapter/lock";
import { SOURCES, temporary } from "./fixture";

async function withLock<T>(file: string, body: () => Promise<T>, timeoutSeconds?: number): Promise<T> {
  const release = await lockLedger(file, timeoutSeconds);
  return body().finally(release);
}

const lockFile = (): string => path.join(temporary(), "ledger.lock");

/** The lock's content while a process that no longer runs held it. */
async function heldByDead(file: string): Promise<string> {
  const script = `require(${JSON.stringify(path.resolve(__dirname, "../../../../scripts/evidence/adapter/lock.ts"))})
    .lockLedger(${JSON.stringify(file)}).then(() => process.kill(process.pid, "SIGKILL"))`;
  const child = spawn(process.execPath, ["--require", SOURCES, "-e", script]);
  await once(child, "exit");
  return readFileSync(file, "utf8");
}

describe("the ledger's lock", () => {
  it("lets one in at a time and is gone afterwards, also after an error", async () => {
    const file = lockFile();
    let inside = 0;
    let most = 0;
    const body = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(file, body)));
    await expect(withLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect({ most, left: existsSync(file) }).toEqual({ most: 1, left: false });
  });

  it("is taken over from a process that was killed, by exactly one of many", async () => {
    const file = lockFile();
    await heldByDead(file);
    let inside = 0;
    let most = 0;
    const body = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inside--;
    };
    await Promise.all(Array.from({ length: 12 }, () => withLock(file, body)));
    expect({ most, left: existsSync(file) }).toEqual({ most: 1, left: false });
  });

  it("is taken over also when the process that was taking it over was killed", async () => {
    const file = lockFile();
    const dead = await heldByDead(file);
    const succession = `${file}.after-${(JSON.parse(dead) as { id: string }).id}`;
    writeFileSync(succession, dead);
    expect(await withLock(file, async () => "in")).toBe("in");
    expect(existsSync(succession)).toBe(false);
  });

  it.each([
    [
      "an earlier process with our pid",
      (holder: object) => ({ ...holder, pid: process.pid, startTime: "1" }),
      true,
    ],
    [
      "a process before the last boot",
      (holder: object) => ({ ...holder, pid: process.pid, startTime: "earlier-boot:1" }),
      true,
    ],
    ["a process on another machine", (holder: object) => ({ ...holder, host: "elsewhere" }), false],
    ["a process of another container", (holder: object) => ({ ...holder, namespace: "pid:[1]" }), false],
    ["nobody that can be read", () => "?", false],
  ])("held by %s: taken over when that is dead beyond doubt", async (_, change, taken) => {
    const file = lockFile();
    const holder = JSON.parse(await heldByDead(file)) as object;
    writeFileSync(file, JSON.stringify(change(holder)));
    const attempt = withLock(file, async () => "in", 0.1);
    if (taken) expect(await attempt).toBe("in");
    else
      await expect(attempt).rejects.toMatchObject({ exit: "evidence", todo: expect.stringContaining(file) });
  });
});
