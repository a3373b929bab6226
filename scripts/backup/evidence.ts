// Reads back what backups and checkpoints left in evidence.
import type { EvidenceReader, LedgerEntry } from "../evidence/port";
import { evidenceOf } from "../evidence/record";
import type { BackupSet } from "./backup-set";
import type { CheckpointReference } from "./checkpoint";

/** What `backup` leaves in its facts. */
export interface BackupFacts extends Record<string, unknown> {
  label: string;
  type: BackupSet["type"];
  warnings: readonly string[];
  checkpoint: CheckpointReference | null;
}

/** Evidence of backups of this platform that were made, oldest first: one that could not even begin has no label. */
export async function backupEvidence(
  context: EvidenceReader,
): Promise<{ entry: LedgerEntry; facts: BackupFacts }[]> {
  const made = (await evidenceOf(context, "backup")).filter(({ predicate }) => "label" in predicate.facts);
  return made.map((entry) => ({ entry, facts: entry.predicate.facts as BackupFacts }));
}

/** Evidence of a checkpoint that was taken before something else than a backup, e.g. a migration. */
export const CHECKPOINT_EVIDENCE = {
  job: "checkpoint",
  kind: "checkpoint",
  clauses: ["DR-RESTORE"],
} as const;

/** Evidence in which a checkpoint was taken, with a backup or before a migration, oldest first. */
export async function checkpointEvidence(
  context: EvidenceReader,
): Promise<{ entry: LedgerEntry; checkpoint: CheckpointReference }[]> {
  const entries = [
    ...(await evidenceOf(context, "backup")),
    ...(await evidenceOf(context, CHECKPOINT_EVIDENCE.job)),
  ];
  return entries
    .sort((a, b) => a.index - b.index)
    .flatMap((entry) => {
      const { checkpoint } = entry.predicate.facts as BackupFacts;
      return checkpoint ? [{ entry, checkpoint }] : [];
    });
}

/** Checkpoints of this platform, oldest first. */
export async function checkpoints(context: EvidenceReader): Promise<CheckpointReference[]> {
  return (await checkpointEvidence(context)).map(({ checkpoint }) => checkpoint);
}
