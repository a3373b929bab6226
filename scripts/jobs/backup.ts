// `ops backup`: a backup and the checkpoint that makes it verifiable.

import { BACKUP_EVIDENCE, backUp } from "../backup/backup";
import type { BackupSet } from "../backup/backup-set";
import { describePlan, expire, planExpiry } from "../backup/expire";
import type { Context } from "../context";
import { OpsError } from "../core/errors";
import { type Arguments, defineJob, flag, text } from "../core/job";
import type { Outcome } from "../core/outcome";
import { withDrillLock } from "../restore/lock";

export default defineJob({
  name: "backup",
  summary: "Back up the platform's database and take a checkpoint that later restores are compared with",
  clauses: BACKUP_EVIDENCE.clauses,
  cadence: "daily",
  effect: "writes",
  evidence: { kind: BACKUP_EVIDENCE.kind },
  arguments: [
    {
      name: "type",
      kind: "string",
      choices: ["full", "diff", "incr"],
      description: "kind of backup; without it full when the repository is empty, otherwise incr",
    },
    {
      name: "expire",
      kind: "boolean",
      description: "take no backup; remove those that no promised date needs, and the WAL before the oldest",
    },
    {
      name: "set",
      kind: "string",
      description:
        "with --expire: only this backup and what refers to it; refused while a promised date needs it",
    },
  ],
  examples: [
    { command: "ops backup", what: "back up the sandbox" },
    {
      command: "ops backup --type full --platform prod",
      what: "a full backup of the platform declared in prod.yaml",
    },
    { command: "ops backup --expire --dry-run", what: "what may go, and what each date still needs" },
  ],
  async plan(context, args) {
    if (expiring(args)) return describePlan(await planExpiry(context, setsOf(args)));
    const type = text(args, "type") ?? "full when the repository is empty, otherwise incr";
    return [
      `run the ${context.platform.backups.adapter} backup (${type}) of stanza ${context.platform.backups.stanza}`,
      "hold writers for at most 0.1 s, write a restore point, prove that nothing committed around it",
      "read every table under that moment's snapshot: rows, fingerprints, sequences, schema, roles",
      "end the WAL segment and wait until it is in the repository",
      `append evidence to ${context.ledger.location}`,
    ];
  },
  run: async (context, args) =>
    expiring(args)
      ? withDrillLock(context, "backup --expire", () => expireNow(context, setsOf(args)))
      : (await backUp(context, text(args, "type") as BackupSet["type"] | undefined)).outcome,
});

/** @throws OpsError usage when options of the two do not belong together */
function expiring(args: Arguments): boolean {
  const expires = flag(args, "expire");
  const wrong = expires ? "type" : "set";
  if (text(args, wrong) === undefined) return expires;
  throw new OpsError("usage", `--${wrong} ${expires ? "with" : "without"} --expire`, {
    expected: "--type for a backup, --set for an expiry",
  });
}

function setsOf(args: Arguments): string[] {
  return text(args, "set")?.split(",") ?? [];
}

async function expireNow(context: Context, labels: readonly string[]): Promise<Outcome> {
  const plan = await planExpiry(context, labels);
  const { outcome, entry } = await expire(context, plan);
  const evidence = `Evidence  ${context.ledger.location}/${entry.file}  sha256 ${entry.digest}`;
  // Its evidence has its own name and is written already.
  return { ...outcome, record: false, summary: [...describePlan(plan), evidence].join("\n") };
}
