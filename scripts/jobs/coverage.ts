// `ops coverage`: every promised date, whether it can be restored, and whether it ever was. Reads; restores nothing.
import { coverageOutcome } from "../coverage/outcome";
import { defineJob } from "../job";

export default defineJob({
  name: "coverage",
  purpose: "prove",
  summary: "Show every promised date: restorable, exercised, or a gap and why",
  clauses: ["DR-RESTORE"],
  // A gap opens with the first WAL segment that is lost; a day is how long it may stay unseen.
  cadence: "daily",
  effect: "reads",
  evidence: { kind: "coverage" },
  arguments: {},
  examples: [
    { command: "ops coverage", what: "The calendar of the sandbox's promised window." },
    { command: "ops coverage --json", what: "The same for machines, to the millisecond." },
  ],
  report: true,
  plan: async ({ platform }) => [
    `list backups, WAL and timelines of platform ${platform.name}`,
    "read commit times where a run of WAL ends",
    `say of each of the last ${platform.restoreWindow.days} days whether it can be restored, and why not`,
    "read evidence of restores: which instants were exercised, what bound they give, which should be next",
  ],
  run: coverageOutcome,
});
