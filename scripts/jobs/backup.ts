// `ops backup`: a backup and the checkpoint that makes it verifiable.

import { BACKUP_EVIDENCE, backUp } from "../backup/backup";
import { describePlan, expire, planExpiry } from "../backup/expire";
import type { Context } from "../context";
import type { Outcome } from "../core/outcome";
import { defineJob } from "../job";
import { withDrillLock } from "../restore/lock";

export default defineJob({
  name: "backup",
  purpose: "prove",
  summary: "Back up the platform's database and take a checkpoint that later restores are compared with",
  clauses: BACKUP_EVIDENCE.clauses,
  cadence: "daily",
  effect: "writes",
  evidence: { kind: BACKUP_EVIDENCE.kind },
  arguments: {
    type: {
      kind: "choice",
      choices: ["full", "diff", "incr"],
      excludes: ["expire"],
      description: "kind of backup; without it full when the repository is empty, otherwise incr",
    },
    onDemand: {
      kind: "flag",
      excludes: ["expire"],
      description:
        "not by schedule: recorded so, and counted for nothing towards the daily backup (DR-BACKUP)",
    },
    expire: {
      kind: "flag",
      description:
        "take no backup; remove backups that no promised date needs, and the WAL before the oldest that stays",
    },
    set: {
      kind: "list",
      value: "labels",
      needs: "expire",
      description:
        "only these backups and those that depend on them; refused while a promised date needs one",
    },
  },
  examples: [
    { command: "ops backup", what: "Back up the sandbox." },
    { command: "ops backup --on-demand --platform prod", what: "One more by hand, beside the daily one." },
    {
      command: "ops backup --type full --platform prod",
      what: "A full backup of the platform declared in prod.yaml.",
    },
    { command: "ops backup --expire --dry-run", what: "What may go, and what each date still needs." },
  ],
  report: true,
  async plan(context, { type, expire: expires, set }) {
    if (expires) return describePlan(await planExpiry(context, set));
    const { adapter, stanza } = context.platform.backups;
    return [
      `run the ${adapter} backup (${type ?? "full when the repository is empty, otherwise incr"}) of stanza ${stanza}`,
      "hold writers for at most 0.1 s, write a restore point, prove that nothing committed around it",
      "read every table under that moment's snapshot: rows, fingerprints, sequences, schema, roles",
      "end the WAL segment and wait until it is in the repository",
      `append evidence to ${context.ledger.location}`,
    ];
  },
  run: async (context, { type, onDemand, expire: expires, set }) =>
    expires
      ? withDrillLock(context, "backup --expire", () => expireNow(context, set))
      : (await backUp(context, type, onDemand)).outcome,
});

async function expireNow(context: Context, labels: readonly string[]): Promise<Outcome> {
  const plan = await planExpiry(context, labels);
  const { outcome, entry } = await expire(context, plan);
  const evidence = `Evidence  ${context.ledger.location}/${entry.file}  sha256 ${entry.digest}`;
  // Its evidence has its own name and is written already.
  return { ...outcome, record: false, summary: [...describePlan(plan), evidence].join("\n") };
}
