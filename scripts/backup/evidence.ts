// What backups and checkpoints leave in evidence, and how it is read back.
import * as v from "valibot";
import { type Facts, factsIn } from "../evidence/facts";
import type { LedgerEntry } from "../evidence/port";
import { CHECKPOINT_REFERENCE, type CheckpointReference } from "./checkpoint";
import { type MemoryReader, memoryOf } from "./memory";

/** What is left where a checkpoint was taken, with a backup or before a migration. */
export const CHECKPOINT_FACTS = v.object({ checkpoint: v.nullable(CHECKPOINT_REFERENCE) });
export type CheckpointFacts = Facts<typeof CHECKPOINT_FACTS>;

/** What `backup` leaves in its facts. */
export const BACKUP_FACTS = v.object({
  label: v.string(),
  type: v.picklist(["full", "diff", "incr"]),
  /** What the engine warned of. */
  warnings: v.array(v.string()),
  /** Absent in evidence older than the option. */
  onDemand: v.optional(v.boolean()),
  ...CHECKPOINT_FACTS.entries,
});
export type BackupFacts = Facts<typeof BACKUP_FACTS>;

/** Evidence of backups of this cluster that were made, oldest first: one that could not even begin has no facts. */
export async function backupEvidence(
  context: MemoryReader,
): Promise<{ entry: LedgerEntry; facts: BackupFacts }[]> {
  return (await memoryOf(context, BACKUP_JOB)).flatMap((entry) => {
    const facts = factsIn(entry, BACKUP_FACTS);
    return facts ? [{ entry, facts }] : [];
  });
}

const BACKUP_JOB = "backup";

/** Evidence of a checkpoint that was taken before something else than a backup, e.g. a migration. */
export const CHECKPOINT_EVIDENCE = {
  job: "checkpoint",
  kind: "checkpoint",
  clauses: ["DR-RESTORE"],
} as const;

/** Evidence in which a checkpoint was taken, with a backup or before a migration, oldest first. */
export async function checkpointEvidence(
  context: MemoryReader,
): Promise<{ entry: LedgerEntry; checkpoint: CheckpointReference }[]> {
  const entries = await memoryOf(context, BACKUP_JOB, CHECKPOINT_EVIDENCE.job);
  return entries.flatMap((entry) => {
    const checkpoint = factsIn(entry, CHECKPOINT_FACTS)?.checkpoint;
    return checkpoint ? [{ entry, checkpoint }] : [];
  });
}

/** Checkpoints of this cluster, oldest first. */
export async function checkpoints(context: MemoryReader): Promise<CheckpointReference[]> {
  return (await checkpointEvidence(context)).map(({ checkpoint }) => checkpoint);
}
