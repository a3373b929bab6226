// A copy of the platform just before a transaction's commit, then just after it, and on to the next: recovery stops and goes on.
import { type BackupSet, majorOf } from "../../backup/backup-set";
import { switchesOf } from "../../backup/timelines";
import { neededSegments, segmentOf, WAL_SEGMENT_BYTES } from "../../backup/wal";
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { pass } from "../../core/finding";
import { DEFAULT_LIMIT_SECONDS } from "../../isolation/limit";
import type { Database } from "../../postgres/port";
import { lsnValue } from "../../postgres/recovery-target";
import { type Copy, openCopy } from "../../restore/copy";
import { lineageFor } from "../../restore/lineage";
import { proveIsolation } from "../../restore/prove-isolation";
import { type Recoverable, recoverTo } from "../../restore/recover";
import { requireSpace } from "../../restore/test-restore";
import type { DataTools } from "../port";
import type { Archive } from "../wal/archive";
import type { Committed } from "../wal/transactions";

/** What is read at the two stops of a transaction. Nothing of the copy is there any more once all have returned. */
export interface Stops {
  transaction: Pick<Committed, "xid" | "lsn">;
  /** All that committed before the transaction is there, and of it nothing can be seen. */
  before(copy: Database): Promise<void>;
  /** The transaction is there, and nothing that committed after it. */
  after(copy: Database): Promise<void>;
}

/**
 * Takes one copy from transaction to transaction.
 * @param stops at least one, in the order of their commits
 * @throws OpsError instant when no backup is early enough; space, fail, timeout, unavailable
 */
export async function copyAlong(
  context: DataTools,
  archive: Archive,
  stops: readonly Stops[],
): Promise<{ checks: Check[]; set: BackupSet }> {
  const [first, last] = [stops[0]!.transaction, stops.at(-1)!.transaction];
  const set = await backupBefore(context, archive, first.lsn);
  const switches = await switchesOf(context, archive.archiveId);
  const follow = await lineageFor(context, set, switches);
  const segments = segmentsTo(archive, set, last.lsn, switches);
  await requireSpace(context, set, segments.length * WAL_SEGMENT_BYTES);
  const copy = await openCopy(context, "data");
  try {
    const checks = await context.progress.phase("prove isolation", () =>
      proveIsolation(context, copy.container),
    );
    await fill(context, copy, set, segments, [...switches.keys()]);
    const state: Recoverable = { context, copy, checkpoint: undefined, follow, walDirectory: copy.wal };
    for (const { transaction, before, after } of stops) {
      const said = await stopAt(state, transaction, false, before);
      checks.push({ name: `copy-before-${transaction.xid}`, ...pass(`${set.label}: ${said}`) });
      await stopAt(state, transaction, true, after);
    }
    return { checks, set };
  } finally {
    await copy.close();
  }
}

async function fill(
  context: DataTools,
  copy: Copy,
  set: BackupSet,
  segments: Archive["segments"],
  histories: readonly number[],
): Promise<void> {
  const limits = { signal: context.signal, timeoutSeconds: DEFAULT_LIMIT_SECONDS };
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
  const plan = {
    segments,
    certain: segments.length,
    until: undefined,
    histories,
    bound: "the last transaction",
  };
  await context.progress.phase("fetch WAL", (progress) =>
    context.walArchive.fetch({
      plan,
      major: majorOf(set),
      into: copy.wal,
      dataDirectory: copy.dataDirectory,
      work: copy.work,
      onSegments: (done, total) => progress.update(done, total, "segments"),
      ...limits,
    }),
  );
  await copy.handOver();
}

/** Starts the copy, waits until it paused there, reads, and stops it. @returns what PostgreSQL said of the stop */
async function stopAt(
  state: Recoverable,
  { xid }: Pick<Committed, "xid">,
  inclusive: boolean,
  read: (copy: Database) => Promise<void>,
): Promise<string> {
  const { progress } = state.context;
  const where = inclusive ? "after" : "before";
  const { server, position } = await progress.phase(`recover to just ${where} ${xid}`, () =>
    recoverTo(state, {
      target: { kind: "transaction", xid, inclusive },
      action: "pause",
      durable: false,
      eventTriggers: false,
      timeoutSeconds: DEFAULT_LIMIT_SECONDS,
    }),
  );
  const said = requirePaused(position.stop, where, xid);
  await progress.phase(`read what was there ${where}`, () => read(server.database));
  await server.stop("fast");
  return said;
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
