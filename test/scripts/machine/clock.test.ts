import { describe, expect, it } from "vitest";
import { createClock } from "../../../scripts/machine/clock";

describe("clock", () => {
  const clock = createClock();

  it("sleeps for the given seconds, on both of its scales", async () => {
    const [instant, seconds] = [clock.now().getTime(), clock.seconds()];
    await clock.sleep(0.05);
    expect(clock.seconds() - seconds).toBeGreaterThan(0.045);
    expect(clock.now().getTime() - instant).toBeGreaterThanOrEqual(45);
  });

  it("stops sleeping when it is interrupted", async () => {
    const interrupt = new AbortController();
    const sleeping = clock.sleep(60, interrupt.signal);
    interrupt.abort();
    await expect(sleeping).rejects.toThrow(/aborted/);
  });
});
