// Waiting: as often and as long as it was told, and not a look more.
import fc from "fast-check";
import { expect, it } from "vitest";
import { poll } from "../../../scripts/core/poll";

function clockOf(): {
  clock: { seconds(): number; sleep(seconds: number, signal?: AbortSignal): Promise<void> };
} {
  let now = 100;
  return {
    clock: {
      seconds: () => now,
      async sleep(seconds, signal) {
        signal?.throwIfAborted();
        now += seconds;
      },
    },
  };
}

it("finds what comes in time and nothing that comes too late", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(50), fc.integer({ min: 1, max: 50 }), async (comes, within) => {
      let looks = 0;
      const result = await poll({ ...clockOf(), every: 1, within }, async () =>
        looks++ === comes ? "here" : undefined,
      );
      expect(result).toEqual(comes <= within ? { found: "here", seconds: comes } : undefined);
      expect(looks).toBe(Math.min(comes, within) + 1);
    }),
  );
});

it("looks once even when there is no time at all", async () => {
  expect(await poll({ ...clockOf(), every: 1, within: 0 }, async () => 7)).toEqual({ found: 7, seconds: 0 });
});

it("takes false and null for answers", async () => {
  expect((await poll({ ...clockOf(), every: 1, within: 0 }, async () => false))?.found).toBe(false);
  expect((await poll({ ...clockOf(), every: 1, within: 0 }, async () => null))?.found).toBeNull();
});

it("ends at once when it is interrupted or a look fails", async () => {
  const aborted = AbortSignal.abort(new Error("stop"));
  const none = async (): Promise<undefined> => undefined;
  await expect(poll({ ...clockOf(), every: 1, within: 9, signal: aborted }, none)).rejects.toThrow("stop");
  const broken = async (): Promise<never> => {
    throw new Error("gone");
  };
  await expect(poll({ ...clockOf(), every: 1, within: 9 }, broken)).rejects.toThrow("gone");
});
