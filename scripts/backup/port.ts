// The backup engine and its repository.

import type { BackupSet } from "./backup-set";
import type { RepositoryFile } from "./inventory";
import type { WalSegment } from "./wal";
import type { WalPlan } from "./wal-plan";

/** Checks of proof an adapter may be unable to give. */
export type Capability =
  | "restore-points"
  | "wal-listing"
  | "repository-verify"
  | "repository-metadata"
  | "page-checksums"
  | "isolated-restore";

export interface RestoreRequest {
  set: BackupSet;
  /** Empty directory that becomes the data directory. */
  into: string;
  /** Directory that tablespaces are restored below. */
  tablespaces: string;
  /** Directory for this restore's own spool, lock and log. */
  work: string;
  signal?: AbortSignal;
  timeoutSeconds?: number;
  onBytes?: (done: number, total: number) => void;
}

export interface WalRequest {
  plan: WalPlan;
  /** PostgreSQL's major version of the cluster that wrote it; default that of the programs found first. */
  major?: number | undefined;
  /** Where the files go; made when it is missing. Names are those that recovery asks for. */
  into: string;
  /** The restored data directory: says which cluster the WAL must belong to. */
  dataDirectory: string;
  /** Directory for its own lock and log. */
  work: string;
  signal?: AbortSignal;
  /** Limit of the whole, seconds. Default none. */
  timeoutSeconds?: number;
  /** `total` is unknown while only the WAL itself can say where the target lies. */
  onSegments?: (done: number, total: number | undefined) => void;
}

export interface WalReadRequest {
  archiveId: string;
  /** Consecutive segments of one line of timelines, in the order of replay. */
  segments: readonly WalSegment[];
  /** Only records of these resource managers (`Heap`, `Transaction`, …), where pg_waldump can be told (15). Default all. */
  managers?: readonly string[];
  signal?: AbortSignal;
  /** Told each record as `pg_waldump` prints it. @returns true when nothing more is wanted: reading ends after at most a few segments */
  onRecord(line: string): boolean | undefined;
  onSegments?: (done: number, total: number) => void;
}

export interface FetchedWal {
  segments: number;
  /** On disk, unpacked. */
  bytes: number;
  /** Name of the last segment; undefined when there was none. */
  last: string | undefined;
}

/** A part of a repository that the engine can check by itself. */
export interface VerifyScope {
  /** Backups, with all that they refer to. */
  labels: readonly string[];
  /** Archived WAL, by the name of the file in the repository. */
  wal: readonly string[];
}

/** One piece of metadata that the engine keeps in two copies. */
export interface MetadataCopies {
  name: string;
  /** `problem` = why the copy cannot be read; otherwise the digest of its plain text. */
  copies: readonly ({ file: string; sha256: string } | { file: string; problem: string })[];
}

/** Makes backups and restores them; outside any container, as the platform's OS user. */
export interface BackupEngine {
  /** `undefined` = available; otherwise why this engine cannot give that proof. */
  lacks(capability: Capability): string | undefined | Promise<string | undefined>;
  /**
   * `onShare` is told the part done, 0…1. Warnings are all those that may concern the backup's content.
   * @throws OpsError unavailable, fail (it ended well, but its backup is not in the repository)
   */
  backup(
    type: "full" | "diff" | "incr",
    signal?: AbortSignal,
    onShare?: (share: number) => void,
  ): Promise<{ set: BackupSet; warnings: string[] }>;
  /**
   * Leaves the source's own files as they were backed up, configuration included, ready for recovery.
   * @throws OpsError unavailable, timeout, directory (a path that the engine cannot use), fail
   */
  restore(request: RestoreRequest): Promise<void>;
}

/** Where backups are kept: what is in it, whether it is sound, where it lies, and what may go. */
export interface BackupRepository {
  /** All complete backups, oldest first. @throws OpsError unavailable */
  list(): Promise<BackupSet[]>;
  /** Database system identifier of the cluster whose backups these are, by the repository's own record. */
  systemIdentifier(): Promise<string | undefined>;
  /** The engine's own check, read from its text and never from its exit code. `only` needs a local repository. */
  verify(
    signal?: AbortSignal,
    only?: VerifyScope,
  ): Promise<{ ok: boolean; problems: string[]; detail: string }>;
  /**
   * What the engine keeps in two copies: the indexes, and the manifest of every backup that the set is built on. It reads
   * whichever copy it can and says nothing of the other.
   */
  metadataCopies(set: BackupSet): Promise<MetadataCopies[]>;
  /** This platform's files, by name. @throws OpsError unavailable when the repository is not one local directory */
  files(): Promise<RepositoryFile[]>;
  /** sha256 (hex) of the raw bytes of these files, by name; a file that is gone is left out. Streams; told of each file. */
  digests(
    names: readonly string[],
    options?: { signal?: AbortSignal; onFile?: (name: string) => void },
  ): Promise<Map<string, string>>;
  /** A small text file as the engine reads it: decrypted. @throws OpsError unavailable */
  text(name: string): Promise<string>;
  /**
   * Removes one backup and what depends on it; or, without a label, the WAL that is older than the oldest full backup.
   * @returns the labels that the engine removed or, with `dryRun`, would remove. @throws OpsError unavailable
   */
  expire(request: { label?: string; dryRun?: boolean }): Promise<string[]>;
  /** True when it is no directory of this machine. */
  isRemote(): Promise<boolean>;
  /** Local directories of all the repositories, used here or not. @throws OpsError config */
  directories(): Promise<string[]>;
  /** Where the other repositories are reached, used here or not. @throws OpsError config */
  endpoints(): Promise<{ host: string; port: number }[]>;
}

/** The archived WAL, by our own listing and reading: independent of the engine's judgement. */
export interface WalArchive {
  /** By name. @throws OpsError unavailable */
  segments(archiveId: string): Promise<WalSegment[]>;
  /** Timeline history files: timeline id → text. */
  timelineHistories(archiveId: string): Promise<Map<number, string>>;
  /**
   * First and last commit in an archived segment, milliseconds rounded down; with `part` only those at or after `from`,
   * or before `before`. Undefined = it holds none.
   * @throws OpsError unavailable, missing when the segment cannot be read from here
   */
  commits(
    archiveId: string,
    segment: string,
    part?: { from?: string; before?: string },
  ): Promise<{ first: Date; last: Date } | undefined>;
  /**
   * Reads archived WAL, record by record, each segment proven by the checksum that the archive recorded for it. Of what is fetched
   * for that little lies on disk at a time, and none afterwards.
   * @returns LSN of the last record read; undefined where there was none
   * @throws OpsError unavailable (gone from the archive, or no WAL), fail (a wrong checksum)
   */
  read(request: WalReadRequest): Promise<string | undefined>;
  /**
   * Fetches WAL outside the container, each segment proven by the checksum that the archive recorded for it.
   * @throws OpsError unavailable, fail (a wrong checksum), timeout
   */
  fetch(request: WalRequest): Promise<FetchedWal>;
}

/** WAL that lies in files of a directory. */
export interface WalFiles {
  /** In the order of their names. @throws OpsError usage (no segment), fail (broken, or of several clusters) */
  list(): Promise<{ segments: WalSegment[]; systemIdentifier: string; segmentBytes: number }>;
  /** As of an archive. */
  read: WalArchive["read"];
}

/** What one platform's backups are made, kept and read with; all three by the same engine. */
export interface BackupTools {
  backupEngine: BackupEngine;
  backupRepository: BackupRepository;
  walArchive: WalArchive;
}
