// Ctrl-C and SIGTERM: ops cleans up, puts the source back, says in evidence that it was interrupted, and exits 130.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copySandbox } from "../e2e/sandbox";
import { type Ground, isStart, makeGround, SCALE } from "../faults/ops";
import { evidenceOn, expectGreenDrill, expectNothingLeft, expectSourceInService } from "../faults/remains";

let ground: Ground;
beforeAll(async () => {
  ground = makeGround();
  await copySandbox(ground.layout);
  await expectGreenDrill(ground, "--scale", SCALE, "--scenario", "a");
});
afterAll(() => ground.remove());

const CASES: { signal: NodeJS.Signals; line: string[]; phase: string }[] = [
  { signal: "SIGINT", line: ["drill", "--scenario", "a"], phase: "prove isolation" },
  { signal: "SIGTERM", line: ["drill", "--scenario", "a"], phase: "restore" },
  { signal: "SIGINT", line: ["drill", "--scenario", "b"], phase: "inject a misoperation" },
  { signal: "SIGTERM", line: ["drill", "--scenario", "b"], phase: "read the copy" },
  { signal: "SIGINT", line: ["drill", "--scenario", "c"], phase: "kill the source" },
  { signal: "SIGTERM", line: ["drill", "--scenario", "c"], phase: "bring the source back" },
  { signal: "SIGINT", line: ["backup"], phase: "backup" },
  { signal: "SIGTERM", line: ["backup"], phase: "checkpoint" },
  { signal: "SIGINT", line: ["verify"], phase: "recover to the checkpoint" },
];

describe.each(CASES)("$signal to $line at `$phase`", ({ signal, line, phase }) => {
  it("removes everything, says so, exits 130, and the next drill is green", async () => {
    const run = ground.start(line);
    expect(await run.until((event) => isStart(event) && event.name?.startsWith(phase) === true)).toBe(true);
    run.signal(signal);
    const { code, result, stderr } = await run.ended;
    expect({ code, says: result.code, stderr }).toMatchObject({ code: 130, says: "interrupted" });
    await expectNothingLeft(ground);
    await expectSourceInService(ground);
    const { predicate } = (await evidenceOn(ground)).at(-1)!;
    expect(predicate).toMatchObject({
      job: line[0],
      verdict: "inconclusive",
      facts: { exit: "interrupted" },
      checks: [{ verdict: "inconclusive", detail: expect.stringContaining("interrupted") }],
    });
    await expectGreenDrill(ground, "--scenario", "a");
  });
});
