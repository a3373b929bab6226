// kill -9 of `ops drill` at the start of every phase, and at random instants: nothing runs on, and the next drill is green.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copySandbox } from "../e2e/sandbox";
import { type Ended, type Ground, isStart, makeGround, type Run, SCALE } from "../faults/ops";
import { copiesOn, evidenceOn, expectGreenDrill, expectNothingRuns } from "../faults/remains";

let ground: Ground;
beforeAll(async () => {
  ground = makeGround();
  await copySandbox(ground.layout);
  await expectGreenDrill(ground, "--scale", SCALE);
});
afterAll(() => ground.remove());

/** Of each scenario the phases that no earlier one has; `b` and `c` also where they read what only they changed. */
const PHASES = {
  a: [
    "sandbox",
    "read the repository's index",
    "prove isolation",
    "restore",
    "fetch WAL",
    "hand over",
    "recover to the checkpoint",
    "read the copy",
    "finish recovery",
    "stop",
  ],
  b: [
    "inject a misoperation",
    "archive the misoperation",
    "restore",
    "stop at the checkpoint",
    "recover to the target",
  ],
  c: ["kill the source", "restore", "recover to the target", "bring the source back"],
} as const;

type ScenarioId = keyof typeof PHASES;
const CASES = (Object.keys(PHASES) as ScenarioId[]).flatMap((scenario) =>
  PHASES[scenario].map((phase) => ({ scenario, phase })),
);

/** Kills, and looks whether anything still runs. */
async function killed(run: Run): Promise<void> {
  run.signal("SIGKILL");
  const ended = await run.ended;
  expect(ended.signal).toBe("SIGKILL");
  await expectNothingRuns(ground);
}

/** By the ledger: a drill may be killed when its evidence stands and nobody was told of it yet, or of its announcement. */
async function leftWithoutEnd(): Promise<boolean> {
  const jobs = (await evidenceOn(ground)).map(({ predicate }) => predicate.job);
  return jobs.lastIndexOf("drill-announcement") > jobs.lastIndexOf("drill");
}

const complaints = ({ events }: Ended): unknown[] => events.filter(({ level }) => level === "warn");

/** The next drill reaps, says which drill was killed, and is green. */
async function expectRepaired(scenario: ScenarioId): Promise<void> {
  const left = copiesOn(ground);
  const unended = await leftWithoutEnd();
  const green = await expectGreenDrill(ground, "--scenario", scenario);
  const said = green.events.map(({ text }) => String(text));
  for (const id of left.filter((name) => !name.startsWith(".")))
    expect(said).toContain(`removed what a killed run had left: ${id}`);
  expect(complaints(green)).toEqual(
    unended
      ? [expect.objectContaining({ text: expect.stringMatching(/^the drill announced at .* was killed$/) })]
      : [],
  );
}

it("names every phase that a drill has", async () => {
  const { events } = await expectGreenDrill(ground);
  const names = events.filter(isStart).map(({ name }) => (name ?? "").replace(/ \(.*\)$/, ""));
  const swept = new Set<string>(CASES.map(({ phase }) => phase));
  expect([...new Set(names)].filter((name) => !name.startsWith("scenario ") && !swept.has(name))).toEqual([]);
});

describe.each(CASES)("a drill killed in scenario $scenario at `$phase`", ({ scenario, phase }) => {
  it("leaves nothing running; the next one reaps and is green", async () => {
    const run = ground.start(["drill", "--scenario", scenario]);
    expect(await run.until((event) => isStart(event) && event.name?.startsWith(phase) === true)).toBe(true);
    await killed(run);
    await expectRepaired(scenario);
  });
});

/** Any instant of a drill, the same ones every time. */
const MOMENTS = [0.07, 0.31, 0.52, 0.68, 0.83, 0.94];

it("survives kill -9 at instants between the edges of phases", async () => {
  for (const [i, share] of MOMENTS.entries()) {
    const scenario = (Object.keys(PHASES) as ScenarioId[])[i % 3]!;
    const before = performance.now();
    await expectGreenDrill(ground, "--scenario", scenario);
    const seconds = (performance.now() - before) / 1000;
    const run = ground.start(["drill", "--scenario", scenario]);
    await sleep(share * seconds * 1000);
    if (run.events.some(({ type }) => type === "result")) continue; // it was faster this time
    await killed(run);
    await expectRepaired(scenario);
  }
});
