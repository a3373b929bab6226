// kill -9 of `ops drill` at the start of every phase, and at random instants: nothing runs on, the next drill is green.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ground, isStart, makeGround, SCALE } from "../faults/ops";
import { expectGreenDrill, expectNothingRuns } from "../faults/remains";

let ground: Ground;
beforeAll(async () => {
  ground = makeGround();
  await expectGreenDrill(ground, "--scale", SCALE);
});
afterAll(() => ground.remove());

const SCENARIOS = ["a", "b", "c"] as const;

describe.each(SCENARIOS)("scenario %s", (scenario) => {
  it("survives kill -9 in every phase", async () => {
    const whole = await expectGreenDrill(ground, "--scenario", scenario);
    const phases = whole.events.filter(isStart).map((event) => event.name ?? "");
    console.log(phases);
    for (const [nth, name] of phases.entries()) {
      const t = performance.now();
      const run = ground.start(["drill", "--scenario", scenario]);
      let starts = 0;
      expect(await run.until((event) => isStart(event) && starts++ === nth)).toBe(true);
      run.signal("SIGKILL");
      expect(await run.ended).toMatchObject({ signal: "SIGKILL" });
      await expectNothingRuns(ground);
      const t2 = performance.now();
      await expectGreenDrill(ground, "--scenario", scenario);
      console.log(scenario, name, t2 - t, performance.now() - t2);
    }
  });
});
