// Refusals that come before anything is done: a ledger that cannot be written, a lock that somebody holds.
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { lock } from "../../scripts/machine/lock";
import { mountReadOnly, mountRefusal, unmount } from "./disk";
import { type Ground, makeGround } from "./ops";
import { copiesOn } from "./remains";

let ground: Ground;
beforeAll(() => {
  ground = makeGround();
});
afterEach(() => unmount(ground));
afterAll(() => ground.remove());

it.each(["drill", "backup", "verify"])(
  "%s is refused when evidence cannot be written, before it does anything",
  async (job) => {
    mkdirSync(ground.home, { recursive: true });
    // Root may write wherever the mount allows it; an ordinary user needs only the mode.
    if (mountRefusal(ground) === undefined) mountReadOnly(ground, ground.home);
    else chmodSync(ground.home, 0o555);
    const run = await ground.ops(job);
    expect(run).toMatchObject({ code: 20, result: { code: "evidence" } });
    expect(run.stderr).toMatch(
      /evidence cannot be written at .*: (the file system is read-only|permission denied)/,
    );
    expect(existsSync(ground.layout.directory)).toBe(false);
    expect(copiesOn(ground)).toEqual([]);
  },
);

it("drill and verify are refused while another holds the lock, and told who", async () => {
  mkdirSync(ground.copies, { recursive: true });
  const since = new Date();
  const held = await lock(path.join(ground.copies, ".lock"), { job: "drill", since });
  for (const job of ["drill", "verify"]) {
    const run = await ground.ops(job);
    expect(run).toMatchObject({ code: 17, result: { code: "locked" } });
    expect(run.stderr).toContain(`drill (pid ${process.pid} on `);
    expect(run.stderr).toContain(since.toISOString());
  }
  await held.release();
  expect(existsSync(ground.layout.directory)).toBe(false);
});
