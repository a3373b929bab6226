// Disks that are too small, and disks that fill up meanwhile: refused beforehand or failed clearly, and green once there is room.
import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connected } from "../../scripts/sandbox/adapter/connect";
import { descendants, processes, send } from "../../scripts/sandbox/adapter/processes";
import { DATABASE } from "../../scripts/sandbox/layout";
import { copySandbox } from "../e2e/sandbox";
import { mountRefusal, mountSmallDisk, type SmallDisk, unmount } from "../faults/disk";
import { type Ended, eventually, type Ground, makeGround, SCALE } from "../faults/ops";
import { copiesOn, expectGreenDrill, expectNothingLeft, problemsOf } from "../faults/remains";

const MIB = 1024 * 1024;

/** What a red test must say. */
const told = (run: Ended): string => problemsOf(run).join("\n");

let ground: Ground;
let refusal: string | undefined;
beforeAll(async () => {
  ground = makeGround();
  await copySandbox(ground.layout);
  refusal = mountRefusal(ground);
  await expectGreenDrill(ground, "--scale", SCALE, "--scenario", "a");
});
afterAll(async () => {
  unmount(ground);
  await ground.remove();
});

/** Where nothing may be mounted there is no small disk; the reason is part of the result. */
function withoutDisks(): boolean {
  if (refusal !== undefined) expect(refusal).toMatch(/denied|permitted|superuser|ENOENT/);
  return refusal !== undefined;
}

describe("the disk of the copies", () => {
  let disk: SmallDisk;
  beforeAll(() => {
    if (refusal === undefined) disk = mountSmallDisk(ground, ground.copies, 450 * MIB);
  });

  it.each(["verify", "drill"])("is too small: %s is refused before anything is made", async (job) => {
    if (withoutDisks()) return;
    disk.fill(100 * MIB);
    const run = await ground.ops(job);
    expect(run, told(run)).toMatchObject({ code: 16, result: { code: "space" } });
    expect(run.stderr).toMatch(/copies has 0\.\d+ GiB free\nexpected: at least 0\.\d+ GiB for /);
    expect(copiesOn(ground)).toEqual([".filler"]);
    disk.free();
    await expectGreenDrill(ground, "--scenario", "a");
  });

  /** What works in a phase, with the programs that started it. */
  const WORKERS: Readonly<Record<string, (command: string) => boolean>> = {
    restore: (command) => command.includes(`--pg1-path=${ground.copies}`) && command.endsWith(" restore"),
    "recover to the target": (command) => command.includes(` -D ${ground.copies}`),
  };

  /**
   * Small as it is, it would be over before the disk is full: it stands still until then.
   * nsenter, which started it, stops itself whenever it sees its child stopped and then waits for a signal of its own:
   * one signal in the wrong order would leave it standing for good. So all of them are told to go on until the run ends.
   */
  async function hold(phase: string): Promise<(ended: Promise<unknown>) => Promise<void>> {
    let found: number[] = [];
    await eventually(`somebody works at ${phase}`, () => {
      const all = processes();
      const roots = all.filter(({ command }) => WORKERS[phase]!(command));
      found = [...roots, ...roots.flatMap(({ pid }) => descendants(pid, all))].map(({ pid }) => pid);
      for (const pid of found) send(pid, "SIGSTOP");
      return found.length > 0;
    });
    return async (ended) => {
      const goOn = setInterval(() => {
        for (const pid of found) send(pid, "SIGCONT");
      }, 100);
      await ended.finally(() => clearInterval(goOn));
    };
  }

  it.each([
    { phase: "restore", check: "restore", says: /pgbackrest restore exited \d+: .*No space left on device/ },
    { phase: "recover to the target", check: "target-reached", says: /No space left on device/ },
  ])("fills up at `$phase`: the job fails and says so", async ({ phase, check, says }) => {
    if (withoutDisks()) return;
    const run = ground.start(["verify", "--to", "latest"]);
    expect(await run.phase(phase)).toBe(true);
    const release = await hold(phase);
    disk.fill(0);
    await release(run.ended);
    const ended = await run.ended;
    disk.free();
    expect(ended, told(ended)).toMatchObject({ code: 1, result: { verdict: "fail" } });
    expect(problemsOf(ended)).toContainEqual(expect.stringMatching(says));
    expect(problemsOf(ended)).toContainEqual(expect.stringMatching(new RegExp(`^${check}: `)));
    await expectNothingLeft(ground);
    await expectGreenDrill(ground, "--scenario", "a");
  });
});

describe("the disk of the repository", () => {
  it("is full: the backup fails and says so; with room again the archiver catches up and all is green", async () => {
    if (withoutDisks()) return;
    const { repository } = ground.layout.backrest;
    const disk = mountSmallDisk(ground, repository, 400 * MIB);
    disk.fill(0);
    const red = await ground.ops("backup", "--type", "full");
    expect(red, told(red)).toMatchObject({ code: 18, result: { code: "unavailable" } });
    // Whichever is noticed first: pgBackRest cannot write, or the archiver cannot and the backup waits for it in vain.
    expect(red.stderr).toMatch(
      /pgbackrest backup exited \d+: .*(No space left on device|was not archived before the \d+ms timeout)/,
    );
    const waiting = (): Promise<boolean> =>
      connected(ground.layout, DATABASE, async (client) => {
        const sql =
          "SELECT last_failed_time > coalesce(last_archived_time, '-infinity') AS failing FROM pg_stat_archiver";
        return (await client.query<{ failing: boolean }>(sql)).rows[0]?.failing === true;
      });
    await eventually("the archiver fails too", waiting, 60);
    expect(existsSync(path.join(repository, ".filler"))).toBe(true);
    disk.free();
    await eventually("the archiver catches up", async () => !(await waiting()), 120);
    const green = await ground.ops("backup", "--type", "full");
    expect(problemsOf(green)).toEqual([]);
    expect(green).toMatchObject({ code: 0, result: { verdict: "pass" } });
    await expectGreenDrill(ground);
  });
});
