import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Context } from "../../../scripts/context";
import type { Outcome } from "../../../scripts/core/outcome";
import { openLedger } from "../../../scripts/evidence/adapter";
import evidence from "../../../scripts/jobs/evidence";
import { given } from "../../given";
import { planLine, runLine } from "../cli/line";
import { fill, temporary } from "../evidence/adapter/fixture";
import { type Place, placeIn } from "../evidence/adapter/place";

const DAY = { day: "2026-11-23", artifacts: 1 };

/** All that the job may touch: the ledger, the clock, the progress. Anything else would throw. */
async function contextOf(place: Place): Promise<Partial<Context>> {
  const progress = given<Context["progress"]>({
    phase: (_, body) => body({ update: () => {}, note: () => {} }),
    check: () => {},
  });
  const clock = given<Context["clock"]>({ now: place.options.now, seconds: () => 0 });
  return { ledger: await openLedger(place.options), progress, clock, color: false };
}

async function run(place: Place, ...words: string[]): Promise<Outcome> {
  return runLine(await contextOf(place), evidence, ...words);
}

async function filled(entries = 2): Promise<Place> {
  const place = placeIn(temporary());
  await fill(
    place,
    Array.from({ length: entries }, () => DAY),
  );
  return place;
}

describe("ops evidence verify", () => {
  it("is green and leaves evidence of what it verified", async () => {
    const outcome = await run(await filled(), "verify");
    expect(outcome).toMatchObject({ checks: [{ name: "ledger-intact", verdict: "pass" }], record: true });
    expect(outcome.exit).toBeUndefined();
    expect(outcome.facts).toMatchObject({
      entries: 2,
      root: expect.stringMatching(/^[0-9a-f]{64}$/),
      problems: [],
    });
    expect(outcome.summary).toMatch(/Entries {3}2\n[\s\S]*Key {7}[0-9a-f]{64}\nIntact/);
  });

  it("is red with the place, exits with `evidence`, and still leaves evidence where it can", async () => {
    const place = await filled();
    writeFileSync(path.join(place.directory, "2026-11-23/000001.dsse.json"), "x");
    const outcome = await run(place, "verify");
    expect(outcome).toMatchObject({
      exit: "evidence",
      record: true,
      json: { problems: [{ place: /000001/ }] },
    });
    expect(outcome.checks[0]).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining("entry 1 (2026-11-23/000001.dsse.json)"),
    });
    expect(outcome.summary).toMatch(/entry 1 \(2026-11-23\/000001\.dsse\.json\)[\s\S]*Red {7}1 problem/);
  });

  it("does not try to append to a ledger whose end is damaged", async () => {
    const place = await filled();
    rmSync(place.head);
    expect(await run(place, "verify")).toMatchObject({ exit: "evidence", record: false });
  });

  it("cannot tell about a ledger without entries", async () => {
    const outcome = await run(placeIn(temporary()), "verify");
    expect(outcome.checks[0]).toMatchObject({ verdict: "inconclusive" });
  });
});

describe("ops evidence list", () => {
  it.each([
    [[], ["job-0", "job-1", "job-2"], "3 of 3"],
    [["--last", "2"], ["job-1", "job-2"], "2 of 3"],
    [["--job", "job-1"], ["job-1"], "1 of 1"],
  ])("%j shows %s", async (words, jobs, total) => {
    const { summary = "", json, record } = await run(await filled(3), "list", ...words);
    expect((json as { job: string }[]).map(({ job }) => job)).toEqual(jobs);
    for (const job of jobs)
      expect(summary).toMatch(new RegExp(`${job} .*pass.*2026-11-23 12:00:00 .*[0-9a-f]{12} `));
    expect(summary).toContain(total);
    expect(record).toBe(false);
  });
});

it("`ops evidence list` refuses a job that left no evidence, and names the nearest that did", async () => {
  await expect(run(await filled(3), "list", "--job", "jbo-1")).rejects.toMatchObject({
    exit: "usage",
    message: "no evidence of a job jbo-1",
    expected: 'one of job-0, job-1, job-2; did you mean "job-1"?',
  });
});

it("`ops evidence export` makes nothing while there is no evidence", async () => {
  const place = placeIn(temporary());
  const directory = path.join(place.home, "out");
  await expect(run(place, "export", directory)).rejects.toMatchObject({ exit: "usage" });
  expect(readdirSync(place.home)).not.toContain("out");
});

describe("ops evidence show", () => {
  it("prints the whole entry, with its file and digest", async () => {
    const { summary, record, json } = await run(await filled(), "show", "2");
    expect(summary).toMatch(/2026-11-23\/000002\.dsse\.json\nsha256 {4}[0-9a-f]{64}\n[\s\S]*"job": "job-1"/);
    expect(json).toMatchObject({ index: 2, predicate: { job: "job-1" } });
    expect(record).toBe(false);
  });

  it.each(["0", "3"])("refuses entry %s and says which there are", async (entry) => {
    const attempt = run(await filled(), "show", entry);
    await expect(attempt).rejects.toMatchObject({ exit: "usage", expected: "a number from 1 to 2" });
  });

  it.each([["x"], ["1.0"], ["-1"], [""], []])("refuses %j, which is no number", async (...words) => {
    await expect(run(await filled(), "show", ...words)).rejects.toMatchObject({ exit: "usage" });
  });
});

describe("ops evidence export", () => {
  it("hands over ledger, head, public key and verifier, and leaves no evidence", async () => {
    const target = path.join(temporary(), "handover");
    const { summary, record } = await run(await filled(), "export", target);
    expect(readdirSync(target)).toContain("verify-evidence.mjs");
    expect(summary).toContain(target);
    expect(record).toBe(false);
  });

  it("wants to know where to", async () => {
    await expect(run(await filled(), "export")).rejects.toMatchObject({ exit: "usage" });
  });
});

describe("ops evidence", () => {
  it.each([["verify"], ["list"], ["show", "1"], ["export", "out"]])(
    "%s has a plan that touches nothing",
    async (...words) => {
      const place = placeIn(temporary());
      expect((await planLine(await contextOf(place), evidence, ...words)).length).toBeGreaterThan(0);
      expect(readdirSync(place.home)).toEqual([]);
    },
  );

  it("refuses an unknown action", async () => {
    await expect(run(await filled(0), "burn")).rejects.toMatchObject({ exit: "usage" });
  });
});
