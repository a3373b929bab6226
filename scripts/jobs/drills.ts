// `ops drills`: every drill of a platform, how its times went, and how good its predictions were. Reads the ledger only.
import { remembered } from "../backup/memory";
import type { Context } from "../context";
import { OpsError } from "../core/errors";
import type { Outcome } from "../core/outcome";
import { viewOnly } from "../core/view-only";
import { type DrillRun, drillRuns, predictionErrors, REGRESSION_RULE, trends } from "../drill/drill-history";
import { listDrills, predictionTable, trendTable } from "../drill/history-page";
import { defineJob } from "../job";

export default defineJob({
  name: "drills",
  purpose: "prove",
  summary: "List the drills with the trend of every phase, regressions and the error of predictions",
  clauses: ["DR-DRILL"],
  cadence: "event",
  effect: "reads",
  evidence: { none: "it only reads the evidence that drills have left" },
  arguments: {
    last: {
      kind: "whole",
      least: 1,
      default: 20,
      description: "how many to list; trends cover all of the cluster's",
    },
    cluster: {
      kind: "text",
      value: "system-identifier",
      pattern: { form: /^\d+$/, expected: "a system identifier, as `ops drills` shows it" },
      description: "the PostgreSQL cluster whose drills are compared (default: the last one on record)",
    },
  },
  examples: [
    { command: "ops drills", what: "The last twenty drills of the sandbox." },
    { command: "ops drills --last 3 --json", what: "The last three for machines, with every trend." },
  ],
  offline: true,
  plan: async ({ ledger }) => [
    `read drills and their announcements from ${ledger.location}`,
    "print one row a drill, one a phase of one cluster's; call out regressions and drills without an end",
  ],
  run: (context, { last, cluster }) => show(context, last, cluster),
});

/** Restores of two clusters have nothing to do with each other's times. */
async function show(context: Context, last: number, about: string | undefined): Promise<Outcome> {
  const { environment, ledger, platform } = context;
  const jobs = ["drill-announcement", "drill"];
  const { all, cluster, strange } = await remembered({ environment, ledger, platform }, jobs, about);
  const clusters = new Map(all.map((one) => [one.entry.index, one.cluster]));
  const runs = drillRuns(
    all.map(({ entry }) => entry),
    ({ index }) => clusters.get(index),
  );
  const compared = runs.filter((run) => isOf(run, cluster));
  if (about !== undefined && !runs.some((run) => run.cluster === about)) throw unknownCluster(about, runs);
  const listed = runs.slice(-last);
  const lines = trends(compared);
  const errors = predictionErrors(compared);
  const whose =
    cluster === undefined || compared.length === runs.length
      ? []
      : [
          `Trends and predictions are of cluster ${cluster}: ${compared.length} of ${runs.length} drills (--cluster)`,
        ];
  const nothing = [
    `No drill of ${platform.name} has left evidence yet (\`ops drill\`).`,
    strange ?? [],
  ].flat();
  return viewOnly({
    summary:
      runs.length === 0
        ? nothing.join("\n")
        : [
            listDrills(context, listed, lines, platform.name),
            ...whose,
            trendTable(context, lines),
            predictionTable(errors),
          ].join("\n\n"),
    json: {
      cluster: cluster ?? null,
      drills: listed.map((run) => ({ ...run, compared: compared.includes(run) })),
      trends: lines,
      regression: REGRESSION_RULE,
      predictions: errors,
    },
  });
}

/** Evidence that names none counts for all. */
function isOf(run: DrillRun, cluster: string | undefined): boolean {
  return cluster === undefined || run.cluster === undefined || run.cluster === cluster;
}

function unknownCluster(cluster: string, runs: readonly DrillRun[]): OpsError {
  const known = [...new Set(runs.flatMap((run) => run.cluster ?? []))];
  return new OpsError("unknownTarget", `no drill of cluster ${cluster} is on record`, {
    expected: known.length === 0 ? "a drill that names its cluster" : `one of ${known.join(", ")}`,
    todo: "see `ops drills`",
  });
}
