// Which files of a repository are read today. Pure.
//
// The promise of `--scrub 1/30`: every file is read again within 30 days, whatever comes and goes between, as long as a
// day's run comes at most 6 hours late. Two rules keep it: a file that would grow older than the period before the next
// run is read now, and of the rest the oldest are read until the budget is spent. The budget is spread over the period
// less one run, total / (30 − 1.25), so that when nothing changes the first rule never adds to the second:
// a run reads at most total / 28.75 = 3.5 % and one file.
import { DAY } from "../../policies/engine/durations";
import { OpsError } from "../core/errors";
import type { RecordedFile, RepositoryFile } from "./inventory";

/** Longest time between two runs that is counted on: a day, and 6 hours late. Days. */
export const NEXT_RUN_DAYS = 1.25;

export interface ScrubPlan {
  /** In no record: to be checked by the engine, then read. */
  added: RepositoryFile[];
  /** Size or time of change differ from the record. */
  changed: RepositoryFile[];
  /** Recorded and unchanged, to be read again. */
  reread: RepositoryFile[];
  /** Recorded and no longer listed. */
  missing: RecordedFile[];
  /** Bytes of all files that are recorded and unchanged. */
  unchangedBytes: number;
  rereadBytes: number;
}

/** `1/30` → 30 days. @throws OpsError usage */
export function parsePeriod(text: string): number {
  const [, part, whole] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const days = Number(whole) / Number(part);
  if (days >= 1 && Number.isFinite(days)) return days;
  throw new OpsError("usage", `--scrub ${text}`, {
    expected: "the share of the repository that each daily run reads, at most 1/1, for example 1/30",
    todo: "1/30 reads every file again within 30 days",
  });
}

/**
 * @param days everything unchanged is read again within so many days; undefined = nothing unchanged is read
 * @param since when the record was taken; a run that was missed is made up for
 */
export function planScrub(
  recorded: readonly RecordedFile[],
  present: readonly RepositoryFile[],
  days: number | undefined,
  now: Date,
  since: Date = now,
): ScrubPlan {
  const known = new Map(recorded.map((file) => [file.name, file]));
  const added: RepositoryFile[] = [];
  const changed: RepositoryFile[] = [];
  const unchanged: RecordedFile[] = [];
  for (const file of present) {
    const before = known.get(file.name);
    known.delete(file.name);
    if (!before) added.push(file);
    else if (before.bytes !== file.bytes || before.modified !== file.modified) changed.push(file);
    else unchanged.push(before);
  }
  const unchangedBytes = total(unchanged);
  const reread = days === undefined ? unverified(unchanged) : due(unchanged, days, now, since);
  return {
    added,
    changed,
    reread,
    missing: [...known.values()],
    unchangedBytes,
    rereadBytes: total(reread),
  };
}

function due(files: readonly RecordedFile[], days: number, now: Date, since: Date): RecordedFile[] {
  const spread = days - NEXT_RUN_DAYS;
  const runs = Math.max(1, (now.getTime() - since.getTime()) / DAY);
  const budget = spread > 0 ? (total(files) * runs) / spread : Number.POSITIVE_INFINITY;
  const latest = new Date(now.getTime() - spread * DAY).toISOString();
  const oldestFirst = [...files].sort((a, b) => compare(a.verified, b.verified) || compare(a.name, b.name));
  const chosen: RecordedFile[] = [];
  let read = 0;
  for (const file of oldestFirst) {
    if (read >= budget && file.verified > latest) break;
    chosen.push(file);
    read += file.bytes;
  }
  return chosen;
}

/** Those found altered once are read every time. */
function unverified(files: readonly RecordedFile[]): RecordedFile[] {
  return files.filter((file) => Date.parse(file.verified) === 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function total(files: readonly RepositoryFile[]): number {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}
