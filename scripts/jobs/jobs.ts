// `ops jobs`: what can be run, which clauses it serves, how often. From the registry alone.

import { renderTable } from "../core/table";
import { viewOnly } from "../core/view-only";
import { defineJob } from "../job";

export default defineJob({
  name: "jobs",
  purpose: "know",
  summary: "List the jobs with the clauses they serve, their cadence and their effect",
  clauses: ["SVC-HANDOVER"],
  cadence: "event",
  effect: "reads",
  evidence: { none: "it lists what the code declares" },
  arguments: {},
  examples: [{ command: "ops jobs", what: "The registry as a table." }],
  offline: true,
  target: "checkout",
  plan: async () => ["list the registry"],
  async run({ jobs: discover, color }) {
    const jobs = await discover();
    const rows = jobs.map((job) => [
      job.name,
      job.effect,
      job.cadence,
      "kind" in job.evidence ? job.evidence.kind : "-",
      job.clauses.join(", "),
      job.summary,
    ]);
    const head = ["Job", "Effect", "Cadence", "Evidence", "Clauses", "What it does"];
    const json = jobs.map(({ name, summary, clauses, cadence, effect, evidence }) => ({
      name,
      summary,
      clauses,
      cadence,
      effect,
      evidence,
    }));
    return viewOnly({
      summary: renderTable({ head, rows, color, maxWidths: [0, 0, 0, 0, 22, 44] }),
      json,
    });
  },
});
