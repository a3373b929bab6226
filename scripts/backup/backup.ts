// Takes a backup and the checkpoint that makes it verifiable, and leaves evidence of both. Shared by `backup` and `drill`.

import { gunzipSync, gzipSync } from "node:zlib";
import { uncounted } from "../../policies/service/backup-window";
import type { Artifact, Check, Measurement } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Core, Operated } from "../core/tools";
import type { EvidenceTools, LedgerEntry } from "../evidence/port";
import { record } from "../evidence/record";
import { contentDatabases, showLeftOut } from "../postgres/databases";
import type { PostgresTools } from "../postgres/port";
import { requireConnections, requireLocks, requirePrimary } from "../postgres/readiness";
import { awaitSegment } from "./archiving";
import type { BackupSet } from "./backup-set";
import { type Checkpoint, type CheckpointReference, totals } from "./checkpoint";
import type { BackupFacts } from "./evidence";
import type { BackupTools } from "./port";
import { takeCheckpoint } from "./take-checkpoint";
import type { BackupWork } from "./tools";

export const CHECKPOINT_MEDIA_TYPE = "application/vnd.netedu-ops.checkpoint+json+gzip";

export interface TakenBackup {
  outcome: Outcome;
  set: BackupSet;
  checkpoint: Checkpoint;
}

/**
 * @param type left out: `full` when the repository is empty, otherwise `incr`
 * @param onDemand somebody or something else than the schedule asked for it: it counts for nothing towards DR-BACKUP. Default false
 * @throws OpsError unavailable, timeout
 */
export async function backUp(
  context: BackupWork,
  type?: BackupSet["type"],
  onDemand = false,
): Promise<TakenBackup> {
  const source = context.servers.source(context.platform);
  const uncounting = uncounted(context.platform.schedule, context.clock.now(), onDemand);
  if (uncounting !== undefined)
    context.progress.say("info", `not counted as the daily backup (DR-BACKUP): ${uncounting}`);
  const seconds = context.clock.seconds();
  const before = await context.backupRepository.list();
  const chosen = type ?? (before.length === 0 ? "full" : "incr");
  // Fails at once, rather than after the engine's own long timeout, or with a backup that no checkpoint can follow.
  await requirePrimary(source);
  await source.requirePrograms();
  const databases = await contentDatabases(source);
  await requireLocks(source, databases);
  await requireConnections(source, databases);

  const { set, warnings } = await context.progress.phase(`backup (${chosen})`, (phase) =>
    context.backupEngine.backup(chosen, context.signal, (share) => phase.update(share * 100, 100, "%")),
  );
  const backupSeconds = context.clock.seconds() - seconds;
  const checkpoint = await context.progress.phase("checkpoint", (phase) =>
    takeCheckpoint(context, source, phase),
  );
  const { reference, artifact } = await storeCheckpoint(context, checkpoint);
  const archived = await context.progress.phase("archive the checkpoint", () =>
    awaitArchived(context, checkpoint, set),
  );

  const { tables, rows } = totals(checkpoint.databases);
  const checks: Check[] = [
    {
      name: "backup-complete",
      verdict: set.error ? "fail" : "pass",
      detail: set.error
        ? `${set.label} holds pages whose checksum is wrong`
        : `${set.label} is complete, no page error recorded`,
    },
    {
      name: "backup-without-warnings",
      verdict: warnings.length === 0 ? "pass" : "fail",
      detail: warnings.length === 0 ? "the engine warned of nothing" : warnings.join("; ").slice(0, 1000),
    },
    {
      name: "checkpoint-taken",
      verdict: "pass",
      detail: `${checkpoint.name} at ${checkpoint.lsn}: ${tables} tables, ${rows} rows${leftOutText(checkpoint)}${letGoText(checkpoint)}`,
    },
    archived,
  ];
  for (const check of checks) context.progress.check(check);
  const measurements: Measurement[] = [
    { name: "backup-duration", value: backupSeconds, unit: "s" },
    { name: "database-size", value: set.databaseBytes, unit: "B" },
    { name: "repository-size", value: set.repositoryBytes, unit: "B" },
    { name: "checkpoint-lock", value: checkpoint.lock.heldSeconds, unit: "s" },
    { name: "checkpoint-rows", value: rows, unit: "rows" },
  ];
  const facts: BackupFacts = { label: set.label, type: set.type, warnings, onDemand, checkpoint: reference };
  return { outcome: { checks, measurements, artifacts: [artifact], facts }, set, checkpoint };
}

/** The backup holds these; whether a restore of it does, nothing can tell. */
function leftOutText({ leftOut = [] }: Checkpoint): string {
  const unread = leftOut.filter(({ unread }) => unread).map(showLeftOut);
  return unread.length === 0 ? "" : `; not read: ${unread.join(", ")}`;
}

/** Whom production would have waited for us otherwise. */
function letGoText({ lock: { letGo = [] } }: Checkpoint): string {
  return letGo.length === 0
    ? ""
    : `; reading was let go ${letGo.length} times before, because ${[...new Set(letGo)].join(", ")}`;
}

/** Takes a backup inside another job, so on demand; its evidence is that of the `backup` job. */
export async function backUpAndRecord(
  context: BackupWork,
  type?: BackupSet["type"],
): Promise<TakenBackup & { entry: LedgerEntry }> {
  const started = context.clock.now();
  const taken = await backUp(context, type, true);
  const entry = await record(context, { job: "backup", ...BACKUP_EVIDENCE, started }, taken.outcome);
  return { ...taken, entry };
}

export const BACKUP_EVIDENCE = { kind: "backup", clauses: ["DR-BACKUP"] } as const;

/** Keeps a checkpoint beside the ledger. */
export async function storeCheckpoint(
  context: EvidenceTools,
  checkpoint: Checkpoint,
): Promise<{ reference: CheckpointReference; artifact: Artifact }> {
  const bytes = gzipSync(JSON.stringify(checkpoint));
  const artifact = await context.ledger.store(`${checkpoint.name}.json.gz`, CHECKPOINT_MEDIA_TYPE, bytes);
  const { name, at, target, lsn, timeline, systemIdentifier } = checkpoint;
  return {
    reference: { name, at, target, lsn, timeline, artifact: artifact.sha256, systemIdentifier },
    artifact,
  };
}

/** Reads a checkpoint back; its address is its digest, so it is what the evidence says. @throws OpsError evidence */
export async function loadCheckpoint(
  context: EvidenceTools,
  reference: CheckpointReference,
): Promise<Checkpoint> {
  return JSON.parse(gunzipSync(await context.ledger.load(reference.artifact)).toString("utf8")) as Checkpoint;
}

/** Ends the current WAL segment where we may, and waits until the checkpoint's own is in the repository. */
export async function awaitArchived(
  context: PostgresTools &
    Pick<Operated, "platform"> &
    Pick<Core, "clock" | "progress" | "signal"> &
    Pick<BackupTools, "walArchive">,
  checkpoint: Checkpoint,
  set: Pick<BackupSet, "archiveId">,
): Promise<Check> {
  const source = context.servers.source(context.platform);
  await source
    .query(source.maintenance, "select pg_switch_wal()")
    .catch(() => context.progress.say("info", "not allowed to switch WAL; waiting for archive_timeout"));
  const seconds = await awaitSegment(context, set.archiveId, checkpoint.segment);
  return {
    name: "checkpoint-archived",
    verdict: "pass",
    detail: `${checkpoint.segment} is in the repository`,
    seconds,
  };
}
