// A copy of the platform just before a transaction's commit, and then just after it: recovery stops at the one and goes on to the other.
import { type BackupSet, majorOf } from "../../backup/backup-set";
import { switchesOf } from "../../backup/timelines";
import { neededSegments, segmentOf, WAL_SEGMENT_BYTES } from "../../backup/wal";
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { pass } from "../../core/finding";
import { DEFAULT_LIMIT_SECONDS } from "../../isolation/limit";
import type { Database } from "../../postgres/port";
import { lsnValue } from "../../postgres/recovery-target";
import { openCopy } from "../../restore/copy";
import { lineageFor } from "../../restore/lineage";
import { proveIsolation } from "../../restore/prove-isolation";
import { type Recoverable, recoverTo } from "../../restore/recover";
import { requireSpace } from "../../restore/test-restore";
import type { DataTools } from "../port";
import type { Archive } from "../wal/archive";
import type { Committed } from "../wal/transactions";

/** What is read at the two stops. Nothing of the copy is there any more once both have returned. */
export interface Around<B, A> {
  /** All that committed before the transaction is there, and of it nothing can be seen. */
  before(copy: Database): Promise<B>;
  /** The transaction is there, and nothing that committed after it. */
  after(copy: Database, before: B): Promise<A>;
}

/** @throws OpsError instant when no backup is early enough; space, fail, timeout, unavailable */
export async function copyAround<B, A>(
  context: DataTools,
  archive: Archive,
  { xid, lsn }: Pick<Committed, "xid" | "lsn">,
  { before, after }: Around<B, A>,
): Promise<{ found: A; checks: Check[]; set: BackupSet }> {
  const set = await backupBefore(context, archive, lsn);
  const switches = await switchesOf(context, archive.archiveId);
  const follow = await lineageFor(context, set, switches);
  const segments = segmentsTo(archive, set, lsn, switches);
  await requireSpace(context, set, segments.length * WAL_SEGMENT_BYTES);
  const copy = await openCopy(context, "data");
  try {
    const checks = await context.progress.phase("prove isolation", () =>
      proveIsolation(context, copy.container),
    );
    const { signal } = context;
    const limits = { signal, timeoutSeconds: DEFAULT_LIMIT_SECONDS };
    await context.progress.phase("restore", (progress) =>
      context.backupEngine.restore({
        set,
        into: copy.dataDirectory,
        tablespaces: copy.tablespaces,
        work: copy.work,
        onBytes: (done, total) => progress.update(done, total, "B"),
        ...limits,
      }),
    );
    await context.progress.phase("fetch WAL", (progress) =>
      context.walArchive.fetch({
        plan: {
          segments,
          certain: segments.length,
          until: undefined,
          histories: [...switches.keys()],
          bound: `transaction ${xid} at ${lsn}`,
        },
        major: majorOf(set),
        into: copy.wal,
        dataDirectory: copy.dataDirectory,
        work: copy.work,
        onSegments: (done, total) => progress.update(done, total, "segments"),
        ...limits,
      }),
    );
    await copy.handOver();
    const state: Recoverable = { context, copy, checkpoint: undefined, follow, walDirectory: copy.wal };
    const at = (inclusive: boolean) =>
      recoverTo(state, {
        target: { kind: "transaction", xid, inclusive },
        action: "pause",
        durable: false,
        eventTriggers: false,
        timeoutSeconds: DEFAULT_LIMIT_SECONDS,
      });
    const first = await context.progress.phase("recover to just before it", () => at(false));
    const said = requirePaused(first.position.stop, "before", xid);
    const seen = await context.progress.phase("read what was there before", () =>
      before(first.server.database),
    );
    await first.server.stop("fast");
    const second = await context.progress.phase("recover to just after it", () => at(true));
    requirePaused(second.position.stop, "after", xid);
    const found = await context.progress.phase("read what was there after", () =>
      after(second.server.database, seen),
    );
    await second.server.stop("fast");
    return {
      found,
      checks: [...checks, { name: "copy-at-transaction", ...pass(`${set.label}: ${said}`) }],
      set,
    };
  } finally {
    await copy.close();
  }
}

/** PostgreSQL's own word that it stopped there, and nowhere else. @throws OpsError fail */
function requirePaused(stop: string | undefined, where: "before" | "after", xid: number): string {
  if (stop !== undefined && new RegExp(`stopping ${where} commit of transaction ${xid}\\b`).test(stop))
    return stop;
  throw new OpsError(
    "fail",
    `recovery did not stop ${where} transaction ${xid}: ${stop ?? "it said nothing"}`,
    {
      expected: `recovery stopping ${where} commit of transaction ${xid}`,
      todo: "name the transaction that `ops data blame` shows: subtransactions have no commit of their own",
    },
  );
}

async function backupBefore(context: DataTools, { archiveId }: Archive, lsn: string): Promise<BackupSet> {
  const sets = (await context.backupRepository.list()).filter((set) => set.archiveId === archiveId);
  const set = sets.findLast(({ stopLsn }) => lsnValue(stopLsn) <= lsnValue(lsn));
  if (set) return set;
  throw new OpsError("instant", `no backup ended before ${lsn}, where the transaction committed`, {
    expected: `a backup of archive ${archiveId} that is older than the transaction`,
    todo: "its rows can no longer be read from backups; `ops data blame` still names the transaction",
  });
}

/** To the segment after the commit's beginning: a commit record may go on there. */
function segmentsTo(
  { segments, timeline }: Archive,
  set: BackupSet,
  lsn: string,
  switches: Parameters<typeof neededSegments>[2],
): Archive["segments"] {
  const last = segments.at(-1)?.name ?? set.stopSegment;
  const next = segmentOf(nextSegmentLsn(lsn), timeline);
  const to = next.slice(8) < last.slice(8) ? next : last;
  const wanted = new Set(neededSegments(set.startSegment, to, switches));
  return segments.filter(({ name }) => wanted.has(name));
}

function nextSegmentLsn(lsn: string): string {
  const value = lsnValue(lsn) + BigInt(WAL_SEGMENT_BYTES);
  const hex = (part: bigint): string => part.toString(16).toUpperCase();
  return `${hex(value >> 32n)}/${hex(value & 0xffff_ffffn)}`;
}
