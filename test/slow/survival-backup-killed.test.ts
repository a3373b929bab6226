// kill -9 of `ops backup` in each of its phases: nothing runs or stays locked, the next backup and a drill are green.
import { spawn } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connected } from "../../scripts/sandbox/adapter/connect";
import { DATABASE } from "../../scripts/sandbox/layout";
import { copySandbox } from "../e2e/sandbox";
import { CHECKOUT, eventually, type Ground, isStart, makeGround, SCALE } from "../faults/ops";
import { expectGreenDrill, expectNothingRuns, problemsOf, runningOn } from "../faults/remains";

let ground: Ground;
beforeAll(async () => {
  ground = makeGround();
  await copySandbox(ground.layout);
  expect(await ground.ops("sandbox", "up", "--scale", SCALE)).toMatchObject({ code: 0 });
});
afterAll(() => ground.remove());

/** Sessions of ops that the source still serves. */
const sessions = (): Promise<number> =>
  connected(ground.layout, DATABASE, async (client) => {
    const sql =
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'ops' OR application_name LIKE 'pgBackRest%'";
    return (await client.query<{ n: number }>(sql)).rows[0]?.n ?? 0;
  });

describe.each(["backup", "checkpoint", "archive the checkpoint"])("a backup killed at `%s`", (phase) => {
  it.each(["full", "incr"])(
    "of type %s leaves nothing behind; the next one and a drill are green",
    async (type) => {
      const run = ground.start(["backup", "--type", type]);
      expect(await run.until((event) => isStart(event) && event.name?.startsWith(phase) === true)).toBe(true);
      // In the middle of the engine's work, with its workers started.
      if (phase === "backup")
        await eventually("the workers copy", () =>
          runningOn(ground).some(({ command }) => command.includes("backup:local")),
        );
      run.signal("SIGKILL");
      expect(await run.ended).toMatchObject({ signal: "SIGKILL" });
      await expectNothingRuns(ground);
      await eventually("the source has let go of it", async () => (await sessions()) === 0, 10);
      const next = await ground.ops("backup", "--type", type);
      expect(problemsOf(next)).toEqual([]);
      expect(next).toMatchObject({ code: 0, result: { verdict: "pass" } });
    },
  );
});

it("is followed by a green drill", async () => {
  await expectGreenDrill(ground, "--scenario", "a");
});

it("ends on the source the query that a killed ops was still running", async () => {
  const { socket } = ground.layout;
  const script = path.join(__dirname, "../faults/long-query.ts");
  const child = spawn(process.execPath, ["--require", "tsx/cjs", script, socket, DATABASE], {
    cwd: CHECKOUT,
  });
  await eventually("the query runs", async () => (await sessions()) === 1);
  child.kill("SIGKILL");
  await eventually("the server has ended it", async () => (await sessions()) === 0, 5);
});
