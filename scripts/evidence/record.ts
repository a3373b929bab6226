// Turns what a job found into evidence. The one place where a predicate is put together; knows nothing of signing.
import type { BackupSet } from "../backup/backup-set";
import type { CheckpointReference } from "../backup/checkpoint";
import { overall, type Predicate, type Verdict } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { EvidenceReader, EvidenceWriter, LedgerEntry } from "./port";

export interface Work {
  job: string;
  kind: string;
  clauses: readonly string[];
  started: Date;
}

/** Appends evidence of one piece of work. A missed target has already become a failed check of the outcome. */
export async function record(
  context: EvidenceWriter,
  work: Work,
  outcome: Outcome,
  verdict: Verdict = overall(outcome.checks),
): Promise<LedgerEntry> {
  const predicate: Predicate = {
    job: work.job,
    kind: work.kind,
    clauses: work.clauses,
    environment: context.environment,
    platform: context.platformName,
    started: work.started.toISOString(),
    finished: context.clock.now().toISOString(),
    verdict,
    measurements: outcome.measurements,
    checks: outcome.checks,
    artifacts: outcome.artifacts,
    inputs: { ...context.inputs, ...outcome.inputs },
    actor: context.actor,
    facts: outcome.facts,
  };
  return context.ledger.append(predicate);
}

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

/** Evidence of one job on this platform in this environment, oldest first. */
export async function evidenceOf(context: EvidenceReader, job: string): Promise<LedgerEntry[]> {
  const entries = await context.ledger.entries();
  return entries.filter(
    ({ predicate }) =>
      predicate.job === job &&
      predicate.environment === context.environment &&
      predicate.platform === context.platform.name,
  );
}

/** Announcements of drills since the last one that ended. One drill runs at a time: whose result never came was killed. */
export async function killedDrills(context: EvidenceReader): Promise<LedgerEntry[]> {
  const ended = (await evidenceOf(context, "drill")).at(-1)?.index ?? 0;
  return (await evidenceOf(context, "drill-announcement")).filter(({ index }) => index > ended);
}
