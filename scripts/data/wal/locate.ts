// Finds one transaction in archived WAL, whole: its commit, and everything from its beginning on.
import { segmentOf } from "../../backup/wal";
import { OpsError } from "../../core/errors";
import { type Archive, type ArchiveTools, startBefore } from "./archive";
import { MANAGERS, parseRecord, type RowChange } from "./record";
import { type Committed, Transactions } from "./transactions";

export interface Located {
  transaction: Committed;
  /** Told every change of a row from its beginning to its commit, others' among them. */
  changes(onChange: (change: RowChange) => void): Promise<void>;
}

/** Segments that are looked through at once for a commit. */
const STEP = 32;

/**
 * @param near LSN of its commit, where that is known
 * @throws OpsError unknownTarget when no commit of it is in the archive; instant when it began before the archive does
 */
export async function locate(
  context: ArchiveTools,
  archive: Archive,
  xid: number,
  near: string | undefined,
): Promise<Located> {
  const at = await commitOf(context, archive, xid, near);
  const { index } = await startBefore(context, archive, [xid, ...at.subxids], at.index);
  let transaction: Committed | undefined;
  const replay = async (onChange?: (change: RowChange) => void): Promise<void> => {
    const transactions = new Transactions(onChange);
    await context.progress.phase("read its WAL", (progress) =>
      context.walArchive.read({
        archiveId: archive.archiveId,
        segments: archive.segments.slice(index),
        managers: MANAGERS,
        signal: context.signal,
        onSegments: (done, total) => progress.update(done, total, "segments"),
        onRecord(line) {
          const record = parseRecord(line);
          const committed = record && transactions.add(record);
          if (committed?.xid === xid && committed.lsn === at.lsn) transaction = committed;
          return transaction !== undefined && committed === transaction;
        },
      }),
    );
  };
  await replay();
  if (!transaction) throw notFound(xid);
  return { transaction, changes: replay };
}

interface CommitPlace {
  lsn: string;
  /** Of its segment. */
  index: number;
  subxids: readonly number[];
}

/** From the newest segment on backwards, unless it is known where. */
async function commitOf(
  context: ArchiveTools,
  archive: Archive,
  xid: number,
  near: string | undefined,
): Promise<CommitPlace> {
  const { segments } = archive;
  if (near !== undefined) {
    const number = segmentOf(near, archive.timeline, archive.segmentBytes).slice(8);
    const index = segments.findIndex(({ name }) => name.slice(8) === number);
    const found = index < 0 ? undefined : await commitIn(context, archive, xid, index, index + 2);
    if (found) return found;
  }
  for (let end = segments.length; end > 0; end -= STEP) {
    const found = await commitIn(context, archive, xid, Math.max(0, end - STEP), end + 1);
    if (found) return found;
  }
  throw notFound(xid);
}

async function commitIn(
  context: ArchiveTools,
  { archiveId, segments, timeline, segmentBytes }: Archive,
  xid: number,
  from: number,
  to: number,
): Promise<CommitPlace | undefined> {
  let found: { lsn: string; subxids: readonly number[] } | undefined;
  await context.walArchive.read({
    archiveId,
    segments: segments.slice(from, to),
    managers: ["Transaction"],
    signal: context.signal,
    onRecord(line) {
      const record = parseRecord(line);
      if (record?.kind === "commit" && record.subxids.includes(xid)) throw isPart(xid, record.xid);
      if (record?.kind === "commit" && record.xid === xid) found = record;
      return found !== undefined;
    },
  });
  if (!found) return undefined;
  const number = segmentOf(found.lsn, timeline, segmentBytes).slice(8);
  return { ...found, index: segments.findIndex(({ name }) => name.slice(8) === number) };
}

function isPart(xid: number, whole: number): OpsError {
  return new OpsError("unknownTarget", `${xid} is a subtransaction of ${whole}`, {
    expected: "the transaction itself",
    todo: `name ${whole}`,
  });
}

function notFound(xid: number): OpsError {
  return new OpsError("unknownTarget", `no commit of transaction ${xid} is in the archived WAL`, {
    expected: "a transaction that committed, as `ops data blame` shows it",
    todo: "look for it with `ops data blame --from … --to …`; what was committed a moment ago may not be archived yet",
  });
}
