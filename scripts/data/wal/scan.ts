// Every transaction that committed within a window, seen whole, in the order of commit; reads further back where one began earlier.
import { microseconds, microsecondsOf } from "../../core/pg-time";
import type { PhaseProgress } from "../../core/progress";
import { type Archive, type ArchiveTools, isBefore, startBefore, startOf } from "./archive";
import { MANAGERS, parseRecord, type RowChange } from "./record";
import { type Committed, Transactions } from "./transactions";

export interface Window {
  from: Date;
  /** Default: to the end of what is archived. */
  to: Date | undefined;
}

/** What is done with what is found. Made anew when reading has to begin again further back. */
export interface Reader {
  onCommit(transaction: Committed): void;
  onChange?(change: RowChange): void;
}

export interface Scanned {
  /** WAL that was read, bytes. */
  bytes: number;
  segments: number;
  /** Of the newest commit that is archived, or that lies after the window; undefined when there was none. */
  newest: string | undefined;
}

/** Commits are written in nearly the order of their times: reading goes on for so long after the window, microseconds. */
const DISORDER = 5_000_000n;

/**
 * @param only resource managers; default all that are understood
 * @throws OpsError instant when the archive begins too late; unavailable, fail
 */
export async function scan(
  context: ArchiveTools,
  archive: Archive,
  window: Window,
  makeReader: () => Reader,
  only: readonly string[] = MANAGERS,
): Promise<Scanned> {
  let start = await startOf(context, archive, window.from);
  for (;;) {
    const early: number[] = [];
    const before = new Set(start.underWay);
    const reader = makeReader();
    const done = await context.progress.phase("read WAL", (progress) =>
      read(
        context,
        archive,
        { ...window, index: start.index, only, progress },
        {
          ...reader,
          onCommit(transaction) {
            early.push(...[transaction.xid, ...transaction.subxids].filter((xid) => before.has(xid)));
            reader.onCommit(transaction);
          },
        },
      ),
    );
    if (early.length === 0) return done;
    const first = early.reduce((one, other) => (isBefore(other, one) ? other : one));
    start = await startBefore(context, archive, [first], start.index - 1);
    // All that were under way there are seen from their beginning, or have none of the window's rows.
  }
}

interface Reading extends Window {
  index: number;
  only: readonly string[];
  progress: PhaseProgress;
}

async function read(
  context: ArchiveTools,
  { archiveId, segments, segmentBytes }: Archive,
  { from, to, index, only, progress }: Reading,
  { onCommit, onChange }: Reader,
): Promise<Scanned> {
  const [first, last] = [microsecondsOf(from), to && microsecondsOf(to)];
  const transactions = new Transactions(onChange);
  const wanted = segments.slice(index);
  let [newest, count]: [string | undefined, number] = [undefined, 0];
  await context.walArchive.read({
    archiveId,
    segments: wanted,
    managers: only,
    signal: context.signal,
    onSegments(done, total) {
      count = done;
      progress.update(done, total, "segments");
    },
    onRecord(line) {
      const record = parseRecord(line);
      const committed = record && transactions.add(record);
      if (!committed) return undefined;
      const at = microseconds(committed.at);
      newest = committed.at;
      if (at >= first && (last === undefined || at <= last)) onCommit(committed);
      return last !== undefined && at > last + DISORDER;
    },
  });
  return { bytes: count * segmentBytes, segments: count, newest };
}
