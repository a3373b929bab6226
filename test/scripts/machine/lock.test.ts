import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createHost } from "../../../scripts/machine";
import { identify, identifyByPs } from "../../../scripts/machine/identity";

const host = createHost();
const base = mkdtempSync(path.join(tmpdir(), "ops-lock-"));
const file = path.join(base, "lock");
const since = new Date("2026-11-23T02:00:00Z");
beforeEach(() => {
  for (const name of readdirSync(base)) rmSync(path.join(base, name));
});
afterAll(() => rmSync(base, { recursive: true }));

/** A process that is gone, with the identity it had. */
async function departed() {
  const child = spawn("sleep", ["60"]);
  const identity = (await identify(child.pid!))!;
  child.kill("SIGKILL");
  await once(child, "exit");
  return identity;
}

function heldBy(holder: object): void {
  writeFileSync(
    file,
    JSON.stringify({ id: "1", job: "verify", since: since.toISOString(), host: hostname(), ...holder }),
  );
}

describe("lock", () => {
  it("excludes others and says who holds it since when", async () => {
    const lock = await host.lock(file, { job: "drill", since });
    const refusal = host.lock(file, { job: "verify", since: new Date() });
    await expect(refusal).rejects.toMatchObject({ exit: "locked", code: 17 });
    await expect(refusal).rejects.toThrow(
      `drill (pid ${process.pid} on ${hostname()}) holds ${file} since 2026-11-23T02:00:00`,
    );
    await lock.release();
    await (await host.lock(file, { job: "verify", since })).release();
    expect(readdirSync(base)).toEqual([]);
  });

  it("is released once, and never somebody else's", async () => {
    const first = await host.lock(file, { job: "drill", since });
    await first.release();
    const second = await host.lock(file, { job: "verify", since });
    await first.release();
    await expect(host.lock(file, { job: "drill", since })).rejects.toMatchObject({ exit: "locked" });
    await second.release();
  });

  it("of a dead holder is taken over, and of one whose pid is another process by now", async () => {
    for (const holder of [await departed(), { pid: process.pid, startTime: "another" }]) {
      heldBy(holder);
      const lock = await host.lock(file, { job: "drill", since });
      expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ ...(await host.self()), job: "drill" });
      await lock.release();
      expect(readdirSync(base)).toEqual([]);
    }
  });

  it("of a dead holder goes to exactly one of many who see it", async () => {
    const dead = await departed();
    for (let round = 0; round < 10; round++) {
      heldBy({ ...dead, id: String(round) });
      const tries = await Promise.allSettled(
        Array.from({ length: 12 }, (_, number) => host.lock(file, { job: `drill ${number}`, since })),
      );
      const taken = tries.filter((one) => one.status === "fulfilled");
      expect(taken).toHaveLength(1);
      await taken[0]?.value.release();
      expect(readdirSync(base)).toEqual([]);
    }
  });

  it("survives the death of somebody who was about to take it over", async () => {
    const dead = await departed();
    heldBy(dead);
    writeFileSync(
      `${file}.after-1`,
      JSON.stringify({ ...dead, id: "2", job: "drill", since, host: hostname() }),
    );
    await (await host.lock(file, { job: "drill", since })).release();
    expect(readdirSync(base)).toEqual([]);
  });

  it("takes away what killed runs left beside it, and nothing else", async () => {
    const dead = await departed();
    const draft = (owner: { pid: number; startTime: string }, machine = hostname()): string =>
      `${file}.draft~${machine}~${owner.pid}~${encodeURIComponent(owner.startTime)}~0f-1`;
    const stays = [
      draft(await host.self()),
      draft(dead, "elsewhere"),
      `${file}.notes`,
      `${base}/other.draft~a~1~b~c`,
    ];
    for (const name of [draft(dead), ...stays]) writeFileSync(name, ""); // as killed before it wrote
    const succession = { id: "2", job: "drill", since, host: hostname() };
    writeFileSync(`${file}.after-1`, JSON.stringify({ ...dead, ...succession }));
    writeFileSync(`${file}.after-3`, JSON.stringify({ ...(await host.self()), ...succession }));
    await (await host.lock(file, { job: "drill", since })).release();
    const left = [...stays, `${file}.after-3`].map((name) => path.basename(name)).sort();
    expect(readdirSync(base).sort()).toEqual(left);
  });

  it("leaves a draft whose writer can be told, when it is killed between writing and linking", async () => {
    const names: string[] = [];
    const seen = watch(base, (_event, name) => void names.push(String(name)));
    await (await host.lock(file, { job: "drill", since })).release();
    await new Promise((resolve) => setTimeout(resolve, 50));
    seen.close();
    const { pid, startTime } = await host.self();
    expect(names.find((name) => name.includes(".draft~"))).toContain(
      `~${pid}~${encodeURIComponent(startTime)}~`,
    );
  });

  it("of another machine is left alone: its pids mean nothing here", async () => {
    heldBy({ ...(await departed()), host: "elsewhere" });
    await expect(host.lock(file, { job: "drill", since })).rejects.toThrow("on elsewhere");
  });

  it("does not overwrite a file that is no lock", async () => {
    writeFileSync(file, "notes");
    await expect(host.lock(file, { job: "drill", since })).rejects.toMatchObject({ exit: "locked" });
    expect(readFileSync(file, "utf8")).toBe("notes");
  });
});

describe("waiting for a lock", () => {
  const WAIT = { waitSeconds: 30 };

  it("is done in the order of coming, and leaves nothing behind", async () => {
    const holder = await host.lock(file, { job: "first", since });
    const order: number[] = [];
    const waiting = [];
    for (const number of [1, 2, 3, 4, 5]) {
      const taken = host.lock(file, { job: `job ${number}`, since }, WAIT);
      waiting.push(
        taken.then(({ release }) => {
          order.push(number);
          return release();
        }),
      );
      // Only who has drawn his ticket has come.
      const drawn = (): number => readdirSync(base).filter((name) => name.includes(".ticket~")).length;
      while (drawn() < number) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await holder.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3, 4, 5]);
    expect(readdirSync(base)).toEqual([]);
  });

  it("does not end while the lock changes hands, however many are before us", async () => {
    const taken = Array.from({ length: 8 }, async (_, number) => {
      const { release } = await host.lock(file, { job: `job ${number}`, since }, { waitSeconds: 2 });
      await new Promise((resolve) => setTimeout(resolve, 400));
      await release();
    });
    const begun = performance.now();
    await Promise.all(taken);
    expect(performance.now() - begun).toBeGreaterThan(2_500);
  });

  it("ends when one holder holds it for longer than the bound", async () => {
    const holder = await host.lock(file, { job: "drill", since });
    const refusal = host.lock(file, { job: "verify", since }, { waitSeconds: 0.2 });
    await expect(refusal).rejects.toMatchObject({ exit: "locked" });
    await holder.release();
    expect(readdirSync(base)).toEqual([]);
  });

  it("passes over who does not take it when it is his turn, and takes out who is dead", async () => {
    const ticket = ({ pid, startTime }: { pid: number; startTime: string }): string =>
      `${file}.ticket~000000000000001~${hostname()}~${pid}~${encodeURIComponent(startTime)}~0f-1`;
    const stopped = ticket(await host.self()); // alive, and never looks
    writeFileSync(stopped, "");
    writeFileSync(ticket(await departed()), "");
    const begun = performance.now();
    await (await host.lock(file, { job: "drill", since }, WAIT)).release();
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(readdirSync(base)).toEqual([path.basename(stopped)]);
  }, 30_000);
});

describe("process identity", () => {
  it("knows who lives, kills only whom it means, and waits for the end", async () => {
    const child = spawn("sleep", ["60"]);
    const identity = (await identify(child.pid!))!;
    expect(await host.alive(identity)).toBe(true);
    await host.kill({ ...identity, startTime: "another" });
    expect(await host.alive(identity)).toBe(true);
    await host.kill(identity);
    expect(await host.alive(identity)).toBe(false);
    await host.kill(identity);
  });

  it("is told by ps where there is no /proc", async () => {
    const child = spawn("sleep", ["60"]);
    const [first, second] = [await identifyByPs(child.pid!), await identifyByPs(child.pid!)];
    expect(first).toMatchObject({
      pid: child.pid,
      startTime: expect.stringMatching(/\d\d:\d\d:\d\d \d{4}$/),
    });
    expect(second).toEqual(first);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await identifyByPs(child.pid!)).toBeUndefined();
  });
});
