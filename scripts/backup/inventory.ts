// Our own list of a repository's files and what may happen to each. Pure; reads no file.
import type { BackupSet } from "./backup-set";
import { firstSegments, planRetention, type RetainedSet } from "./retention";

/** A file as it lies in the repository: compressed, encrypted. */
export interface RepositoryFile {
  /** Relative to the repository: `archive/<stanza>/…` or `backup/<stanza>/…`. */
  name: string;
  bytes: number;
  /** ISO UTC, milliseconds. */
  modified: string;
}

export interface RecordedFile extends RepositoryFile {
  /** Of the raw bytes, hex. */
  sha256: string;
  /** ISO UTC: when the bytes were last read and had this digest. */
  verified: string;
  /** Of an info file: sha256 of what the engine reads in it. Encrypted anew, the same content has other bytes. */
  content?: string;
}

/** Content of the artifact that evidence names; what is not in it was never checked. */
export interface Inventory {
  taken: string;
  files: readonly RecordedFile[];
  /** Backups that were listed then. */
  sets: readonly (Omit<RetainedSet, "finished"> & { finished: string })[];
}

/** Of a file that must be read again whatever else there is to read. */
export const NEVER = new Date(0).toISOString();

type Kind = "info" | "history" | "backup" | "wal" | "timeline" | "other";

const LABEL = String.raw`\d{8}-\d{6}F(?:_\d{8}-\d{6}[DI])?`;

/** What pgBackRest 2 keeps in a repository; the group is the backup's label or the segment's name. */
const KINDS: readonly [Kind, RegExp][] = [
  ["info", /^(?:archive\/[^/]+\/archive|backup\/[^/]+\/backup)\.info(?:\.copy)?$/],
  ["history", new RegExp(String.raw`^backup/[^/]+/backup\.history/\d+/(${LABEL})\.manifest`)],
  ["backup", new RegExp(`^backup/[^/]+/(${LABEL})/`)],
  ["wal", /^archive\/[^/]+\/([^/]+)\/[0-9A-F]{16}\/([0-9A-F]{24})/],
  ["timeline", /^archive\/[^/]+\/([^/]+)\/([0-9A-F]{8})\.history$/],
];

export function kindOf(name: string): { kind: Kind; label?: string; archiveId?: string; segment?: string } {
  for (const [kind, pattern] of KINDS) {
    const match = pattern.exec(name);
    if (!match) continue;
    if (kind === "wal") return { kind, archiveId: match[1]!, segment: match[2]! };
    // Greater than every segment of its timeline, smaller than those of the next: needed as long as they are.
    if (kind === "timeline") return { kind, archiveId: match[1]!, segment: `${match[2]}G` };
    return match[1] === undefined ? { kind } : { kind, label: match[1] };
  }
  return { kind: "other" };
}

export const isInfo = (name: string): boolean => kindOf(name).kind === "info";

/** Files that count: not those of a backup that is being taken or was given up, nor what the engine is still writing. */
export function complete(files: readonly RepositoryFile[], sets: readonly BackupSet[]): RepositoryFile[] {
  const labels = new Set(sets.map((set) => set.label));
  return files.filter(({ name }) => {
    if (name.endsWith(".pgbackrest.tmp")) return false;
    const { kind, label } = kindOf(name);
    return kind !== "backup" || labels.has(label!);
  });
}

export interface Reading {
  recorded: Inventory | undefined;
  /** Complete files, as listed now. */
  present: readonly RepositoryFile[];
  sets: readonly RetainedSet[];
  /** Digests of the files that were read now. */
  digests: ReadonlyMap<string, string>;
  /** Digests of what the engine reads in the info files among them. */
  contents: ReadonlyMap<string, string>;
  /** False when the engine found fault: then nothing new is believed. */
  sound: boolean;
  now: Date;
  /** Length of the promised window, days. */
  days: number;
}

/** What is wrong, and the inventory to go on from. What was found wrong stays in it as it should be, so it is found again. */
export function judgeInventory(reading: Reading): {
  problems: string[];
  inventory: Inventory;
  expired: number;
} {
  const { recorded, present, sets, digests, contents, sound, now } = reading;
  const verified = (file: RepositoryFile, sha256: string): RecordedFile => {
    const content = contents.get(file.name);
    return { ...file, sha256, verified: now.toISOString(), ...(content === undefined ? {} : { content }) };
  };
  const problems: string[] = [];
  const known = new Map((recorded?.files ?? []).map((file) => [file.name, file]));
  const files: RecordedFile[] = [];
  for (const file of present) {
    const before = known.get(file.name);
    known.delete(file.name);
    const sha256 = digests.get(file.name);
    if (sha256 === undefined) {
      if (before) files.push(before);
    } else if (!before) {
      if (sound) files.push(verified(file, sha256));
    } else if (sha256 === before.sha256 || mayBeRewritten(before, reading)) {
      files.push(verified(file, sha256));
    } else {
      problems.push(
        `${file.name} was altered: sha256 ${sha256.slice(0, 16)}… and ${file.bytes} bytes, recorded ${before.sha256.slice(0, 16)}… and ${before.bytes} bytes`,
      );
      files.push({ ...before, verified: NEVER });
    }
  }
  const { lost, expired } = judgeVanished([...known.values()], reading);
  problems.push(...lost.problems);
  const kept = (recorded?.sets ?? []).filter(
    (set) => lost.labels.has(set.label) && !sets.some((s) => s.label === set.label),
  );
  return {
    problems,
    expired,
    inventory: {
      taken: now.toISOString(),
      files: [...files, ...lost.files],
      sets: [...sets.map((set) => ({ ...retained(set), finished: set.finished.toISOString() })), ...kept],
    },
  };
}

function retained({ label, finished, references, startSegment, archiveId, error }: RetainedSet): RetainedSet {
  return { label, finished, references, startSegment, archiveId, error };
}

/** backup.info and archive.info say which backups and archives there are: they say something else when those change, and only then. */
function mayBeRewritten(before: RecordedFile, { recorded, sets, present, contents }: Reading): boolean {
  if (!isInfo(before.name)) return false;
  if (before.content !== undefined && before.content === contents.get(before.name)) return true;
  const labels = (list: readonly { label: string }[]): string =>
    list
      .map((set) => set.label)
      .sort()
      .join();
  const archives = (files: readonly RepositoryFile[]): string =>
    [...new Set(files.map((file) => kindOf(file.name).archiveId ?? ""))].sort().join();
  return (
    labels(recorded?.sets ?? []) !== labels(sets) || archives(recorded?.files ?? []) !== archives(present)
  );
}

/** A file may vanish with a backup that no promised date needs, or as WAL older than every backup that is left. */
function judgeVanished(
  vanished: readonly RecordedFile[],
  { recorded, sets, now, days }: Reading,
): { lost: { files: RecordedFile[]; problems: string[]; labels: Set<string> }; expired: number } {
  const before = (recorded?.sets ?? []).map((set) => ({ ...set, finished: new Date(set.finished) }));
  const listed = new Set(sets.map((set) => set.label));
  const gone = before.filter((set) => !listed.has(set.label));
  const { needed } = planRetention([...sets, ...gone], now, days);
  const missed = needed.filter(({ set }) => !listed.has(set.label));
  const labels = new Set(missed.map(({ set }) => set.label));
  const first = firstSegments([...sets, ...missed.map(({ set }) => set)]);
  const mustBeThere = ({ name }: RecordedFile): boolean => {
    const { kind, label, archiveId, segment } = kindOf(name);
    if (kind === "backup" || kind === "history") return listed.has(label!) || labels.has(label!);
    if (segment !== undefined) return segment >= (first.get(archiveId!) ?? "G");
    return true;
  };
  const files = vanished.filter(mustBeThere);
  const ofBackup = (file: RecordedFile): boolean => labels.has(kindOf(file.name).label ?? "");
  const problems = [
    ...missed.map(
      ({ set, periods }) =>
        `backup ${set.label} is gone; it is needed from ${periods[0]!.from.toISOString()} to ${periods.at(-1)!.to.toISOString()}`,
    ),
    ...files
      .filter((file) => !ofBackup(file))
      .map((file) => `${file.name} is missing; ${file.bytes} bytes, recorded ${recorded!.taken}`),
  ];
  return { lost: { files, problems, labels }, expired: vanished.length - files.length };
}
