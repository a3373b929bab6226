// The claim of prediction on real drills: from the third on, the RTO was known beforehand within a fifth. A shared machine
// is noisy, so it is the median error over all scenarios that is held to it; every error is printed.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Checkout, makeCheckout } from "../e2e/checkout";

const DRILLS = 4;
const LEARNED = 2;
const WITHIN = 0.2;

let checkout: Checkout;
beforeAll(() => {
  checkout = makeCheckout();
});
afterAll(() => checkout.remove());

interface Drills {
  drills: { id: string; ending: string; announced: Record<string, { seconds: number; samples: number }> }[];
  predictions: { drill: string; scenario: string; predicted: number; measured: number; error: number }[];
  trends: { scenario: string; name: string; points: unknown[] }[];
}

it("drills predict their RTO, sign it beforehand, and learn", async () => {
  for (let i = 0; i < DRILLS; i++) {
    const { code, result } = await checkout.json("drill", ...(i === 0 ? ["--scale", "0.02"] : []));
    expect(code, JSON.stringify(result).slice(0, 2000)).toBe(0);
    const measurements = result.measurements as { name: string; value: number }[];
    for (const scenario of ["a", "b", "c"]) {
      expect(measurements).toContainEqual(
        expect.objectContaining({ name: `${scenario}: rto-prediction-error`, unit: "1" }),
      );
    }
  }
  const { drills, predictions, trends } = (await checkout.json("drills")).result.json as Drills;
  expect(drills.map(({ ending }) => ending)).toEqual(Array(DRILLS).fill("finished"));
  expect(drills[0]!.announced.a!.samples).toBe(0);
  expect(Object.keys(drills.at(-1)!.announced)).toEqual(["a", "b", "c"]);
  expect(trends.find(({ scenario, name }) => scenario === "c" && name === "RPO")!.points).toHaveLength(
    DRILLS,
  );

  const run = (id: string): number => drills.findIndex((drill) => drill.id === id);
  for (const { drill, scenario, predicted, measured, error } of predictions) {
    const text = `drill ${run(drill) + 1} ${scenario}: predicted ${predicted.toFixed(1)} s, measured ${measured.toFixed(1)} s, ${(error * 100).toFixed(0)} %`;
    process.stdout.write(`${text}\n`);
  }
  const learned = predictions
    .filter(({ drill }) => run(drill) >= LEARNED)
    .map(({ error }) => Math.abs(error));
  expect(learned).toHaveLength(3 * (DRILLS - LEARNED));
  const middle = learned.sort((a, b) => a - b)[Math.floor(learned.length / 2)]!;
  const within = learned.filter((error) => error <= WITHIN).length;
  process.stdout.write(
    `from the third drill on: median error ${(middle * 100).toFixed(0)} %, ${within} of ${learned.length} within ${WITHIN * 100} %\n`,
  );
  expect(middle).toBeLessThanOrEqual(WITHIN);
}, 600_000);
