// `ops data check --on copy`: last night's backup is restored, proven equal, and its data are looked at; the source is not touched.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backUpAndRecord } from "../../scripts/backup/backup";
import type { Context } from "../../scripts/context";
import type { Outcome } from "../../scripts/core/outcome";
import job from "../../scripts/jobs/data";
import { type RealContext, realContext } from "../e2e/context";
import { runLine } from "../scripts/cli/line";

let real: RealContext;
let context: Context;
const deferred: (() => Promise<void>)[] = [];

beforeAll(async () => {
  real = await realContext();
  context = { ...real.context, defer: (_, cleanUp) => deferred.push(cleanUp) };
  await context.sandbox!.prepare({ scale: 0.02 });
  const source = context.servers.source(context.platform, "change");
  await source.query("learning", "update learning.learners set phone = '12012345678' where id = 9");
  await backUpAndRecord(context, "full");
  // After the backup: a copy of it does not know.
  await source.query("learning", "update learning.learners set phone = '12012345679' where id = 10");
});
afterAll(() => real.close());

const run = (...words: string[]): Promise<Outcome> =>
  runLine(context, job, "check", ...words).finally(async () => {
    for (const one of deferred.splice(0).reverse()) await one();
  });

const of = ({ checks }: Outcome, name: string) => checks.find((check) => check.name === name);

describe.sequential("ops data check", () => {
  it("finds on the copy what the backup holds, as a role that only reads", async () => {
    const outcome = await run("--on", "copy");
    expect(of(outcome, "content")).toMatchObject({ verdict: "pass" });
    expect(of(outcome, "data-rules")).toMatchObject({ verdict: "pass" });
    expect(of(outcome, "mobile-number-wrong")).toMatchObject({
      verdict: "fail",
      detail: expect.stringMatching(/^1: .*learner_id 9;/),
    });
    expect(of(outcome, "stale-session")).toMatchObject({ verdict: "not-applicable" });
    expect(of(outcome, "dead-rows")).toMatchObject({ verdict: "not-applicable" });
    expect(outcome.checks.filter(({ verdict }) => verdict === "fail").map(({ name }) => name)).toEqual([
      "mobile-number-wrong",
    ]);
    expect(JSON.stringify(outcome)).not.toContain("12012345678");
    await real.record(context, "data", outcome);
  });

  it("finds on the source what is there now", async () => {
    const outcome = await run();
    expect(of(outcome, "mobile-number-wrong")!.detail).toMatch(/^2: /);
  });
});
