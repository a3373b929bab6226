// Removes what no promised date needs from the repository: planned first, refused in doubt, looked at afterwards.
import { OpsError } from "../core/errors";
import type { Check, Measurement } from "../core/evidence";
import { judge } from "../core/finding";
import { shanghaiDate } from "../core/instant";
import type { Outcome } from "../core/outcome";
import type { Core, Operated } from "../core/tools";
import type { LedgerEntry } from "../evidence/port";
import { record } from "../evidence/record";
import type { PostgresTools } from "../postgres/port";
import { systemIdentifierOf } from "../postgres/system-identifier";
import type { BackupSet } from "./backup-set";
import type { BackupTools } from "./port";
import { firstSegments, type Need, type Period, planRetention, withDependents } from "./retention";
import type { BackupWork } from "./tools";
import type { WalSegment } from "./wal";

/** Its own name: that something was removed is no proof that a backup was taken. */
export const EXPIRY_EVIDENCE = { job: "backup-expiry", kind: "retention", clauses: ["DR-BACKUP"] } as const;

/** What lies in the repository: backups, and the WAL between them. */
type Stored = Pick<BackupTools, "backupRepository" | "walArchive">;

export interface ExpiryPlan {
  window: Period;
  needed: Need<BackupSet>[];
  /** Backups to be removed, oldest first, with everything that refers to them. */
  chosen: BackupSet[];
  remaining: BackupSet[];
  /** Archive id → what is there, and the first segment that stays. */
  wal: Map<string, { segments: WalSegment[]; first: string }>;
}

/**
 * @param labels backups somebody wants removed; without them all that no promised date needs
 * @throws OpsError promised (names the dates), unknownTarget, unavailable
 */
export async function planExpiry(
  context: Stored & Pick<Core, "clock"> & Pick<Operated, "platform">,
  labels: readonly string[] = [],
): Promise<ExpiryPlan> {
  const { backupRepository, walArchive, clock, platform } = context;
  const sets = await backupRepository.list();
  const { window, needed, expendable } = planRetention(sets, clock.now(), platform.restoreWindow.days);
  const unknown = labels.filter((label) => !sets.some((set) => set.label === label));
  if (unknown.length > 0) {
    throw new OpsError("unknownTarget", `the repository holds no backup ${unknown.join(", ")}`, {
      expected: `one of ${sets.map((set) => set.label).join(", ")}`,
      todo: "see `ops backup --expire --dry-run`",
    });
  }
  const asked = new Set(labels.flatMap((label) => withDependents(sets, label).map((set) => set.label)));
  const chosen = labels.length === 0 ? expendable : sets.filter((set) => asked.has(set.label));
  const refused = needed.filter(({ set }) => chosen.includes(set));
  if (refused.length > 0) throw stillNeeded(refused, platform.restoreWindow.days);
  const remaining = sets.filter((set) => !chosen.includes(set));
  const first = firstSegments(remaining);
  const wal: ExpiryPlan["wal"] = new Map();
  for (const archiveId of new Set(sets.map((set) => set.archiveId))) {
    // Of an archive that no backup is left of, nothing stays: no segment's name is greater than this one.
    wal.set(archiveId, {
      segments: await walArchive.segments(archiveId),
      first: first.get(archiveId) ?? "G",
    });
  }
  return { window, needed, chosen, remaining, wal };
}

/** What the plan would do, one line each. */
export function describePlan(plan: ExpiryPlan): string[] {
  return [
    `promised: any instant of ${dates([plan.window])}`,
    ...plan.needed.map(({ set, periods }) => `keep ${set.label}: restores ${dates(periods)}`),
    ...plan.remaining
      .filter((set) => !plan.needed.some((need) => need.set === set))
      .map((set) => `keep ${set.label}: not asked for`),
    ...plan.chosen.map((set) => `remove ${set.label}: no promised date needs it`),
    ...[...plan.wal].map(
      ([archiveId, { segments, first }]) =>
        `remove ${older(segments, first).length} of ${segments.length} WAL segments of ${archiveId}${first === "G" ? "" : `: those before ${first}`}`,
    ),
  ];
}

/** @throws OpsError proofs, promised, unavailable */
export async function expire(
  context: BackupWork,
  plan: ExpiryPlan,
): Promise<{ outcome: Outcome; entry: LedgerEntry }> {
  const started = context.clock.now();
  const { backupRepository } = context;
  const ours = await proveOurs(context);
  const roots = plan.chosen.filter(
    (set) => !plan.chosen.some((other) => set.references.includes(other.label)),
  );
  await refuseMore(context, plan, roots);
  await context.progress.phase("expire", async (phase) => {
    for (const [i, { label }] of roots.entries()) {
      await backupRepository.expire({ label });
      phase.update(i + 1, roots.length, "backups");
    }
    await backupRepository.expire({});
  });
  const { checks, measurements } = await lookAfterwards(context, plan);
  const outcome: Outcome = {
    checks: [ours, ...checks],
    measurements,
    artifacts: [],
    facts: {
      expired: plan.chosen.map((set) => set.label),
      window: plan.window,
      needed: plan.needed.map(({ set, periods }) => ({ label: set.label, periods })),
    },
  };
  for (const check of outcome.checks) context.progress.check(check);
  return { outcome, entry: await record(context, { ...EXPIRY_EVIDENCE, started }, outcome) };
}

/** Is it this platform's repository? Two answers from two places: its own record, and the running source. */
async function proveOurs({
  backupRepository,
  servers,
  platform,
}: Pick<BackupTools, "backupRepository"> & PostgresTools & Pick<Operated, "platform">): Promise<Check> {
  const recorded = await backupRepository.systemIdentifier();
  const running = await systemIdentifierOf(servers.source(platform));
  if (recorded !== undefined && recorded === running) {
    const detail = `stanza ${platform.backups.stanza}, declared by platform ${platform.name}, holds backups of cluster ${recorded}, which is the source`;
    return { name: "retention-own-repository", verdict: "pass", detail };
  }
  throw new OpsError(
    "proofs",
    `the repository holds backups of cluster ${recorded ?? "?"}; the source is cluster ${running ?? "?"}`,
    {
      expected: "the same system identifier in stanza and source",
      todo: "correct `backups` or `database` in the platform file; nothing was removed",
    },
  );
}

/** Asks the engine first what it would remove: its rules about dependent backups need not be ours. */
async function refuseMore(
  context: Pick<BackupTools, "backupRepository">,
  plan: ExpiryPlan,
  roots: readonly BackupSet[],
): Promise<void> {
  const said: string[] = [];
  for (const { label } of roots)
    said.push(...(await context.backupRepository.expire({ label, dryRun: true })));
  const more = unplanned(said, plan);
  if (more.length === 0) return;
  throw new OpsError("promised", `the engine would also remove ${more.join(", ")}`, {
    expected: `only ${plan.chosen.map((set) => set.label).join(", ")}`,
    todo: "a newer backup depends on one of them: look again with --dry-run; nothing was removed",
  });
}

/** Backups that the engine says it would remove although the plan does not. */
export function unplanned(said: readonly string[], plan: Pick<ExpiryPlan, "chosen">): string[] {
  return said.filter((label) => !plan.chosen.some((set) => set.label === label));
}

async function lookAfterwards(
  { backupRepository, walArchive }: Stored,
  plan: ExpiryPlan,
): Promise<{ checks: Check[]; measurements: Measurement[] }> {
  const listed = new Set((await backupRepository.list()).map((set) => set.label));
  const lost: string[] = [];
  let removed = 0;
  for (const [archiveId, { segments, first }] of plan.wal) {
    const left = new Set((await walArchive.segments(archiveId)).map((segment) => segment.name));
    const gone = segments.filter((segment) => !left.has(segment.name));
    removed += gone.length;
    lost.push(...gone.filter((segment) => segment.name >= first).map((segment) => segment.name));
  }
  const missing = plan.remaining.filter((set) => !listed.has(set.label)).map((set) => `${set.label} is gone`);
  const still = plan.chosen
    .filter((set) => listed.has(set.label))
    .map((set) => `${set.label} is still there`);
  const promised = `${plan.needed.length} backups for ${dates([plan.window])}`;
  return {
    checks: [
      { name: "retention-promise-kept", ...judge(missing, `${promised} are still there`) },
      {
        name: "retention-wal-kept",
        ...judge(
          lost.map((name) => `WAL segment ${name} is gone`),
          "every segment from the oldest backup on is still there",
        ),
      },
      {
        name: "retention-expired",
        ...judge(still, `${plan.chosen.length} backups and ${removed} WAL segments removed`),
      },
    ],
    measurements: [
      { name: "backups-expired", value: plan.chosen.length, unit: "1" },
      { name: "wal-segments-expired", value: removed, unit: "1" },
    ],
  };
}

function older(segments: readonly WalSegment[], first: string): WalSegment[] {
  return segments.filter((segment) => segment.name < first);
}

function stillNeeded(refused: readonly Need<BackupSet>[], days: number): OpsError {
  const lines = refused.map(({ set, periods }) => `${set.label} for ${dates(periods)}`);
  return new OpsError("promised", `promised dates still need ${lines.join("; ")}`, {
    expected: `backups that no instant of the last ${days} days is restored from`,
    todo: "wait until the dates have passed, or change `restoreWindow` with the college's consent; nothing was removed",
  });
}

function dates(periods: readonly Period[]): string {
  return periods
    .map(({ from, to }) => {
      const [first, last] = [shanghaiDate(from), shanghaiDate(to)];
      return first === last ? first : `${first} to ${last}`;
    })
    .join(", ");
}
