// `ops jobs`: what can be run, which clauses it serves, how often. From the registry alone.

import { type Identity, identitiesOf, type Job } from "../core/job";
import { renderTable } from "../core/table";
import { viewOnly } from "../core/view-only";
import { defineJob } from "../job";

interface Line {
  name: string;
  summary: string;
  identity: Identity;
}

/** A job, and each of its commands that serves other clauses or keeps a cadence of its own. */
function linesOf(job: Job): Line[] {
  const own = identitiesOf(job)
    .filter(({ command }) => command.clauses !== undefined || command.cadence !== undefined)
    .map(({ words, identity, command }) => ({ name: words.join(" "), identity, summary: command.summary }));
  const all = own.filter(({ name }) => name !== job.name);
  return [{ name: job.name, identity: job, summary: job.summary }, ...all];
}

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
    const rows = jobs
      .flatMap(linesOf)
      .map(({ name, identity: { effect, cadence, evidence, clauses }, summary }) => [
        name,
        effect,
        cadence,
        "kind" in evidence ? evidence.kind : "-",
        clauses.join(", "),
        summary,
      ]);
    const head = ["Job", "Effect", "Cadence", "Evidence", "Clauses", "What it does"];
    const json = jobs.flatMap(linesOf).map(({ name, identity, summary }) => {
      const { clauses, cadence, effect, evidence } = identity;
      return { name, summary, clauses, cadence, effect, evidence };
    });
    return viewOnly({
      summary: renderTable({ head, rows, color, maxWidths: [0, 0, 0, 0, 22, 44] }),
      json,
    });
  },
});
