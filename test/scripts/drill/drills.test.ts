// `ops drills` lists every drill with the cluster that it restored, and compares only those of one.
import { expect, it } from "vitest";
import type { Context } from "../../../scripts/context";
import type { LedgerEntry } from "../../../scripts/evidence/port";
import drills from "../../../scripts/jobs/drills";
import { runLine } from "../cli/line";

const [OLD, NEW] = ["7000000000000000001", "7000000000000000002"];

const entry = (job: string, facts: object, platform: string, index: number): LedgerEntry =>
  ({
    index,
    file: `f${index}`,
    predicate: {
      job,
      environment: "sandbox",
      platform,
      verdict: "pass",
      checks: [],
      started: new Date(Date.UTC(2026, 10, 1, 0, index)).toISOString(),
      facts,
    },
  }) as unknown as LedgerEntry;

/** A drill that took so many seconds. */
type Run = readonly [drill: string, rto: number, cluster: string | undefined, platform?: string];

async function shown(runs: readonly Run[], ...options: string[]) {
  const entries = runs.map(([drill, rto, cluster, platform = "p"], index) => {
    const scenarios = [{ id: "a", rtoSeconds: rto, rpoSeconds: null, predictedSeconds: rto, phases: [] }];
    return entry(
      "drill",
      { drill, scenarios, ...(cluster === undefined ? {} : { cluster }) },
      platform,
      index + 1,
    );
  });
  const context = {
    environment: "sandbox",
    platform: { name: "p" },
    ledger: { entries: async () => entries },
    color: false,
    width: 160,
  } as unknown as Context;
  const { summary, json } = await runLine(context, drills, ...options);
  const { cluster, trends, predictions } = json as {
    cluster: string | null;
    trends: { points: { drill: string; regression: boolean }[] }[];
    predictions: { drill: string }[];
  };
  const compared = trends[0]?.points.map(({ drill }) => drill) ?? [];
  expect(predictions.map(({ drill }) => drill)).toEqual(compared);
  const slow = trends.flatMap(({ points }) => points.flatMap((p) => (p.regression ? [p.drill] : [])));
  return { summary: summary ?? "", cluster, compared, slow };
}

/** The second cluster is ten times as large. */
const RUNS: Run[] = [
  ...[1, 2, 3, 4].map((i): Run => [`old-${i}`, 3, OLD]),
  ...[1, 2].map((i): Run => [`new-${i}`, 30, NEW]),
];

it("says of which cluster each is, and calls a larger one no regression", async () => {
  const { summary, cluster, compared, slow } = await shown(RUNS);
  expect({ cluster, compared, slow }).toEqual({ cluster: NEW, compared: ["new-1", "new-2"], slow: [] });
  expect(summary).toMatch(new RegExp(`old-1 .*${OLD}`));
  expect(summary).toMatch(new RegExp(`new-2 .*${NEW}`));
  expect(summary).toContain(`Trends and predictions are of cluster ${NEW}: 2 of 6 drills (--cluster)`);
});

it("compares those of another cluster when it is asked about that", async () => {
  const { compared } = await shown(RUNS, "--cluster", OLD);
  expect(compared).toEqual(["old-1", "old-2", "old-3", "old-4"]);
});

it("refuses a cluster of which there is none, and names those of which there are", async () => {
  await expect(shown(RUNS, "--cluster", "1")).rejects.toMatchObject({
    exit: "unknownTarget",
    expected: `one of ${OLD}, ${NEW}`,
  });
});

it("counts evidence that names no cluster for all, as long as there was only one", async () => {
  const { compared, summary } = await shown([
    ["early", 3, undefined],
    ["late", 3, OLD],
  ]);
  expect(compared).toEqual(["early", "late"]);
  expect(summary).not.toContain("Trends and predictions are of");
});

it("finds those that were left under the name which the platform had, and says the name", async () => {
  const { compared, summary } = await shown([
    ["before", 3, OLD, "was"],
    ["after", 3, OLD],
    ["other", 3, NEW, "elsewhere"],
  ]);
  expect(compared).toEqual(["before", "after"]);
  expect(summary).toContain(`${OLD}, as was`);
});

it("says what there is under other names where nothing is of its own", async () => {
  const { summary } = await shown([["before", 3, OLD, "was"]]);
  expect(summary).toMatch(
    /No drill of p .*\nentry 1 under the name was is not used: nobody says which cluster/,
  );
});
