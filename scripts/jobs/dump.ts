// `ops dump`: a logical dump of every database into a place of its own, proven by loading it.

import { dump } from "../dump/dump";
import { defineJob } from "../job";
import { withDrillLock } from "../restore/lock";

export default defineJob({
  name: "dump",
  purpose: "prove",
  summary: "Dump every database at one moment, store it elsewhere, load it again and compare every row",
  clauses: ["DR-BACKUP", "DR-RESTORE"],
  cadence: "daily",
  effect: "isolated",
  evidence: { kind: "logical-dump" },
  arguments: {},
  examples: [
    { command: "ops dump", what: "The sandbox's databases, into its own directory." },
    {
      command: "ops dump --platform prod --env prod --json",
      what: "As the nightly CronJob runs it; the last line is what alarm ReplicaStale looks for.",
    },
  ],
  report: true,
  plan: async ({ platform, dumps, ledger }) => [
    `export a snapshot of one moment in every database of ${platform.name}; nobody who writes is held up`,
    "read every table under it: rows and fingerprints that are equal in another cluster too",
    `pg_dump (custom format) under the same snapshots, and the roles without passwords, into ${dumps.location}`,
    "read every file back and compare its sha256",
    "load what was kept into an empty server in a container; compare rows, structure and sequences",
    "write the manifest last: a dump without one counts for nothing; nothing that is kept is ever changed or removed",
    `append evidence to ${ledger.location}`,
  ],
  run: (context) => withDrillLock(context, "dump", () => dump(context)),
});
