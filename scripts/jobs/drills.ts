// `ops drills`: every drill of a platform, how its times went, and how good its predictions were. Reads the ledger only.
import { viewOnly } from "../core/view-only";
import { drillRuns, predictionErrors, REGRESSION_RULE, trends } from "../drill/drill-history";
import { listDrills, predictionTable, trendTable } from "../drill/history-page";
import { evidenceOf } from "../evidence/record";
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
      description: "how many to list; trends cover all of them",
    },
  },
  examples: [
    { command: "ops drills", what: "The last twenty drills of the sandbox." },
    { command: "ops drills --last 3 --json", what: "The last three for machines, with every trend." },
  ],
  offline: true,
  plan: async ({ ledger }) => [
    `read drills and their announcements from ${ledger.location}`,
    "print one row a drill, one a phase; call out regressions and drills without an end",
  ],
  async run(context, { last }) {
    const entries = await evidenceOf(context, "drill-announcement", "drill");
    const runs = drillRuns(entries);
    const listed = runs.slice(-last);
    const lines = trends(runs);
    const errors = predictionErrors(runs);
    return viewOnly({
      summary:
        runs.length === 0
          ? `No drill of ${context.platform.name} has left evidence yet (\`ops drill\`).`
          : [listDrills(context, listed, lines), trendTable(context, lines), predictionTable(errors)].join(
              "\n\n",
            ),
      json: { drills: listed, trends: lines, regression: REGRESSION_RULE, predictions: errors },
    });
  },
});
