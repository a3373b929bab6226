// `ops evidence list`: one row an entry.
import { oneOf } from "../../../policies/engine/suggest";
import { OpsError } from "../../core/errors";
import type { Verdict } from "../../core/evidence";
import { shanghai } from "../../core/instant";
import { type Cell, renderTable, type Tone } from "../../core/table";
import { viewOnly } from "../../core/view-only";
import { defineCommand } from "../../job";

const TONE: Readonly<Record<Verdict, Tone>> = { pass: "good", fail: "bad", inconclusive: "warn" };

export default defineCommand({
  summary: "List the entries, oldest first",
  arguments: {
    job: { kind: "text", value: "job", description: "only entries of this job" },
    last: { kind: "whole", default: 0, description: "only this many of the newest; 0 = all" },
  },
  evidence: { none: "it only lists what jobs have left" },
  examples: [{ command: "ops evidence list --job drill --last 5", what: "The last five drills." }],
  offline: true,
  plan: async ({ ledger }) => [`print one row for each entry of ${ledger.location}`],
  async run({ ledger, color }, { job, last }) {
    const all = await ledger.entries();
    // Of the jobs that left some, not of those there are now: a ledger outlives the names of jobs.
    const known = [...new Set(all.map(({ predicate }) => predicate.job))].sort();
    if (job !== undefined && !known.includes(job))
      throw new OpsError("usage", `no evidence of a job ${job}`, { expected: oneOf(job, known) });
    const entries = all.filter(({ predicate }) => job === undefined || predicate.job === job);
    const listed = last > 0 ? entries.slice(-last) : entries;
    const rows = listed.map(({ index, digest, predicate }): Cell[] => [
      String(index),
      predicate.job,
      predicate.platform,
      { text: predicate.verdict, tone: TONE[predicate.verdict] },
      shanghai(new Date(predicate.finished)),
      digest.slice(0, 12),
    ]);
    const head = ["#", "Job", "Platform", "Verdict", "Finished (Asia/Shanghai)", "sha256"];
    const total = `${listed.length} of ${entries.length} entries in ${ledger.location}`;
    return viewOnly({
      record: false,
      summary: `${renderTable({ head, rows, color })}\n${total}`,
      json: listed.map(({ predicate, ...rest }) => {
        const { job: name, platform, verdict, started, finished } = predicate;
        return { ...rest, job: name, platform, verdict, started, finished };
      }),
    });
  },
});
