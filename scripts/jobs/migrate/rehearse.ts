// `ops migrate rehearse`: every pending migration, measured on a copy of the latest backup.
import { record } from "../../evidence/record";
import { defineCommand } from "../../job";
import { REHEARSAL } from "../../migrate/readiness";
import { rehearse } from "../../migrate/rehearse";
import { withDrillLock } from "../../restore/lock";

export default defineCommand({
  summary: "Apply and revert pending migrations on a copy of the latest backup, and measure them",
  arguments: {},
  effect: "isolated",
  examples: [
    {
      command: "ops migrate rehearse",
      what: "Locks and durations as measured on a copy of the latest backup.",
    },
  ],
  plan: async () => [
    "restore the latest backup into an isolated copy, recover to the latest state, prove its content",
    "run every pending migration forward and back alone: duration, locks, WAL, disk, schema as before",
    "run them again under the sandbox's work and probes: longest blocked write, read and query",
    "remove the copy; leave evidence with the sha256 of every file and the backup's label",
  ],
  run: (context) =>
    withDrillLock(context, "migrate rehearse", async () => {
      const started = context.clock.now();
      const outcome = await rehearse(context);
      if (outcome.record === false) return outcome;
      const entry = await record(context, { ...REHEARSAL, started }, outcome);
      const evidence = `Evidence  ${context.ledger.location}/${entry.file}  sha256 ${entry.digest}`;
      // Its evidence has its own name and is written already.
      return { ...outcome, record: false, summary: `${outcome.summary}\n${evidence}` };
    }),
});
