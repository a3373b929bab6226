// `ops backup`: a backup and the checkpoint that makes it verifiable.
import type { BackupSet } from "../domain/backup-set";
import { defineJob, text } from "../domain/job";
import { BACKUP_EVIDENCE, backUp } from "../workflows/backup";

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
  ],
  examples: [
    { command: "ops backup", what: "back up the sandbox" },
    {
      command: "ops backup --type full --platform prod",
      what: "a full backup of the platform declared in prod.yaml",
    },
  ],
  async plan(context, args) {
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
    (await backUp(context, text(args, "type") as BackupSet["type"] | undefined)).outcome,
});
