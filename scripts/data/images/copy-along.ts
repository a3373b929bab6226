// A copy of the platform just before a transaction's commit, then just after it, and on to the next: recovery stops and goes on.
import { type BackupSet, majorOf } from "../../backup/backup-set";
import { switchesOf } from "../../backup/timelines";
import { neededSegments, segmentOf } from "../../backup/wal";
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
import type { RepairTools } from "../port";
import type { Archive } from "../wal/archive";

/** Where the copy stops and is read. Nothing of it is there any more once all were. */
export interface Stop {
  /**
   * Before a transaction's commit: all that committed earlier is there, and of it nothing can be seen. After: it is there too, and nothing
   * that committed later. Before a record of WAL, by its LSN.
   */
  at: { where: "before" | "after"; xid: number; lsn: string } | { where: "record"; lsn: string };
  read(copy: Database): Promise<void>;
  /** Asked when its turn comes. Default: always. */
  isNeeded?(): boolean;
}

/**
 * Takes one copy from stop to stop.
 * @param unordered at least one
 * @throws OpsError instant when no backup is early enough; space, fail, timeout, unavailable
 */
export async function copyAlong(
  context: RepairTools,
  archive: Archive,
  unordered: readonly Stop[],
): Promise<{ checks: Check[]; set: BackupSet }> {
  const stops = [...unordered].sort(inOrder);
  const [first, last] = [stops[0]!, stops.at(-1)!];
  const set = await backupBefore(context, archive, first.at.lsn);
  const switches = await switchesOf(context, archive.archiveId);
  const follow = await lineageFor(context, set, switches);
  const segments = segmentsTo(archive, set, last.at.lsn, switches);
  await requireSpace(context, set, { wal: segments.length * archive.segmentBytes });
  const copy = await openCopy(context, "data");
  try {
    const checks = await context.progress.phase("prove isolation", () =>
      proveIsolation(context, copy.container),
    );
    await fill(context, copy, set, segments, [...switches.keys()]);
    const state: Recoverable = { context, copy, checkpoint: undefined, follow, walDirectory: copy.wal };
    for (const stop of stops) {
      if (stop.isNeeded?.() === false) continue;
      const said = await stopAt(state, stop);
      if (stop.at.where === "before")
        checks.push({ name: `copy-before-${stop.at.xid}`, ...pass(`${set.label}: ${said}`) });
    }
    return { checks, set };
  } finally {
    await copy.close();
  }
}

/** By LSN; of one transaction before it comes first. */
function inOrder({ at: one }: Stop, { at: other }: Stop): number {
  const [a, b] = [lsnValue(one.lsn), lsnValue(other.lsn)];
  if (a !== b) return a < b ? -1 : 1;
  return Number(one.where === "after") - Number(other.where === "after");
}

async function fill(
  context: RepairTools,
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
async function stopAt(state: Recoverable, { at, read }: Stop): Promise<string> {
  const { progress } = state.context;
  const place = at.where === "record" ? at.lsn : `just ${at.where} ${at.xid}`;
  const target =
    at.where === "record"
      ? ({ kind: "lsn", lsn: at.lsn } as const)
      : ({ kind: "transaction", xid: at.xid, inclusive: at.where === "after" } as const);
  const { server, position } = await progress.phase(`recover to ${place}`, () =>
    recoverTo(state, {
      target,
      action: "pause",
      durable: false,
      eventTriggers: false,
      timeoutSeconds: DEFAULT_LIMIT_SECONDS,
    }),
  );
  const said = requirePaused(position.stop, at);
  await progress.phase(`read the copy ${place}`, () => read(server.database));
  // It goes on from where it last flushed, however it ends.
  await server.stop("immediate");
  return said;
}

/** PostgreSQL's own word that it stopped there, and nowhere else. @throws OpsError fail */
function requirePaused(stop: string | undefined, at: Stop["at"]): string {
  const words =
    at.where === "record"
      ? `recovery stopping before WAL location (LSN) "${lsnText(lsnValue(at.lsn))}"`
      : `recovery stopping ${at.where} commit of transaction ${at.xid},`;
  if (stop?.startsWith(words)) return stop;
  throw new OpsError("fail", `recovery did not stop where it was sent: ${stop ?? "it said nothing"}`, {
    expected: words,
    todo: "name the transaction that `ops data blame` shows: subtransactions have no commit of their own",
  });
}

/** As the server writes it: pg_waldump fills up with zeros. */
function lsnText(value: bigint): string {
  const hex = (part: bigint): string => part.toString(16).toUpperCase();
  return `${hex(value >> 32n)}/${hex(value & 0xffff_ffffn)}`;
}

async function backupBefore(context: RepairTools, { archiveId }: Archive, lsn: string): Promise<BackupSet> {
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
  { segments, timeline, segmentBytes }: Archive,
  set: BackupSet,
  lsn: string,
  switches: Parameters<typeof neededSegments>[2],
): Archive["segments"] {
  const last = segments.at(-1)?.name ?? set.stopSegment;
  const next = segmentOf(lsnText(lsnValue(lsn) + BigInt(segmentBytes)), timeline, segmentBytes);
  const to = next.slice(8) < last.slice(8) ? next : last;
  const wanted = new Set(neededSegments(set.startSegment, to, switches, segmentBytes));
  return segments.filter(({ name }) => wanted.has(name));
}
