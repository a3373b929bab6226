// The outside world as jobs and workflows see it. Interfaces only: adapters implement them, tests may stand in for them.

import type { Prices } from "../policies/cloud/prices";
import type { Replacements } from "../policies/cloud/replacements";
import type { Contract } from "../policies/contract/contract";
import type { Integration, Platform } from "../policies/service/service";
import type { BackupSet, RecoveryTarget } from "./domain/backup-set";
import type { ExitName } from "./domain/errors";
import type { Artifact, Check, Measurement, Predicate } from "./domain/evidence";
import type { TableName } from "./domain/fingerprint";
import type { RepositoryFile } from "./domain/inventory";
import type { Job } from "./domain/job";
import type { StackPlan } from "./domain/plan/model";
import type { WalSegment } from "./domain/wal";
import type { WalPlan } from "./domain/wal-plan";

// ---- time, randomness, cancellation ---------------------------------------------------------------------------------

export interface Clock {
  /** The present instant. Jobs never call `new Date()` themselves. */
  now(): Date;
  /** Monotonic seconds, for durations. */
  seconds(): number;
  /** Resolves after the given seconds; rejects when the signal is aborted. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

// ---- progress -------------------------------------------------------------------------------------------------------

export interface PhaseProgress {
  /** Bytes or rows done and, if known, to do; shown as throughput and remaining time. */
  update(done: number, total?: number, unit?: string): void;
  /** One line of detail under the phase. */
  note(text: string): void;
}

export interface Progress {
  /** Runs `body` as a named phase; prints elapsed time; nested phases are allowed. Returns the body's result. */
  phase<T>(name: string, body: (phase: PhaseProgress) => Promise<T>): Promise<T>;
  /** A finding worth a line of its own in every output mode. */
  say(level: "info" | "warn" | "error", text: string): void;
  check(check: Check): void;
  /** The final rendering of the job's outcome (tables, report paths); plain text, printed to standard output. */
  print(text: string): void;
}

// ---- the machine ----------------------------------------------------------------------------------------------------

export interface RunOptions {
  /** Unprivileged account to run as when we are root; ignored otherwise. */
  user?: string;
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Standard input; the only way a secret may travel. */
  input?: string;
  timeoutSeconds?: number;
  signal?: AbortSignal;
  /** Called for each complete line of standard output or error. */
  onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

export interface RunResult {
  exitCode: number;
  /** Set when the process was killed by a signal, e.g. `SIGKILL`. */
  signal: string | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

export interface Host {
  /** Runs a program and waits; never throws on a non-zero exit, the caller judges it. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Absolute path of a PostgreSQL or pgBackRest program. @throws OpsError missing */
  program(name: string): Promise<string>;
  /** What may still be written at a path, bytes; the path need not exist yet. */
  freeBytes(path: string): Promise<number>;
  /** Creates a directory (and parents), owned by `user` when root. */
  makeDirectory(path: string, options?: { user?: string; mode?: number }): Promise<void>;
  removeTree(path: string): Promise<void>;
  list(path: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  readText(path: string): Promise<string>;
  /** Atomic (write beside, rename). */
  writeText(path: string, text: string, options?: { user?: string; mode?: number }): Promise<void>;
  /**
   * Takes an exclusive machine-wide lock or throws OpsError `locked` naming the holder (pid, job, since).
   * A lock whose holder is dead is taken over.
   */
  lock(file: string, holder: { job: string; since: Date }): Promise<{ release(): Promise<void> }>;
  /** True when the process with this pid and start time (opaque, from `self`) still runs. */
  alive(process: ProcessIdentity): Promise<boolean>;
  self(): Promise<ProcessIdentity>;
  /** Sends SIGKILL; nothing happens when it is gone or is another process by now. */
  kill(process: ProcessIdentity): Promise<void>;
}

/** A pid alone may be reused; with its start time it cannot. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

// ---- isolation ------------------------------------------------------------------------------------------------------

export interface CellRequest {
  id: string;
  /** Paths that must not be visible inside (the source's socket directory, its data directory). */
  hide: readonly string[];
  /** Paths that may be read but not written inside (the backup repository). */
  readOnly: readonly string[];
  /** OS user that everything inside runs as. */
  user: string;
}

export type Probe =
  | { kind: "tcp"; name: string; host: string; port: number }
  | { kind: "unix-socket"; name: string; path: string }
  | { kind: "write"; name: string; directory: string };

/** One attempt made inside and, at the same moment, the same attempt outside as the positive control. */
export interface ProbeResult {
  probe: Probe;
  inside: { reached: boolean; detail: string };
  outside: { reached: boolean; detail: string };
}

export interface Cell {
  readonly id: string;
  /** How it is separated, e.g. `network, mount, pid and ipc namespaces`. */
  readonly separation: string;
  /** False when the system gave us no namespaces; nothing is proven then. */
  readonly isolated: boolean;
  /** The process whose death removes everything inside; recorded so that a reaper can find it. */
  readonly leader: ProcessIdentity | null;
  run(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts a long-running program inside; output goes to `logFile`. It dies with the cell. */
  spawn(
    program: string,
    args: readonly string[],
    options: { logFile: string; env?: Readonly<Record<string, string>> },
  ): Promise<CellProcess>;
  /** Interfaces that exist inside other than a loopback that is down. */
  probe(probes: readonly Probe[]): Promise<ProbeResult[]>;
  /** Names of network interfaces that are up inside, and routes; empty when there is no way out. */
  waysOut(): Promise<string[]>;
  /** Kills everything inside and waits until it is gone. Idempotent. */
  close(): Promise<void>;
}

export interface CellProcess {
  readonly exited: Promise<{ exitCode: number | null; signal: string | null }>;
  running(): boolean;
  /** Sends a signal to the program itself (not to a wrapper). */
  signal(name: "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGKILL"): Promise<void>;
}

export interface Isolation {
  open(request: CellRequest): Promise<Cell>;
  /** A listener outside, on loopback, that stands for an integration in the sandbox while a proof runs. */
  witness(name: string): Promise<{ host: string; port: number; close(): Promise<void> }>;
}

// ---- PostgreSQL -----------------------------------------------------------------------------------------------------

export type Row = Record<string, unknown>;

/** One connection. Settings that change how values are printed or hashed are fixed by the adapter. */
export interface Session {
  query<T extends Row = Row>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** Archives of pg_dump's custom format, on the server's own side: only names pass through this process. */
export interface Archives {
  /**
   * Dumps a database, or only these tables and sequences of it, into a file that exists and whose mode is kept.
   * @throws OpsError unavailable
   */
  dumpArchive(
    database: string,
    file: string,
    options?: { only?: readonly TableName[]; schemaOnly?: boolean; signal?: AbortSignal },
  ): Promise<void>;
  /**
   * Loads entries of an archive, by id. Definitions and data come whole or not at all; of the rest each by itself.
   * @returns what the server refused of the rest, in its words. @throws OpsError fail
   */
  loadArchive(
    database: string,
    file: string,
    options: {
      entries: readonly number[];
      part: "definitions and data" | "constraints and indexes";
      signal?: AbortSignal;
    },
  ): Promise<string[]>;
}

/** A server that can be connected to: the source, or a restored copy. */
export interface Database extends Archives {
  /** Socket directory or host, port and user: shown to people, and given to PostgreSQL's own programs. */
  readonly address: { host: string; port: number; user: string };
  /** Name of the database used for cluster-wide questions. */
  readonly maintenance: string;
  /** @throws OpsError unavailable */
  session(database: string): Promise<Session>;
  /** One query on a fresh connection. */
  query<T extends Row = Row>(database: string, sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** `pg_dump --schema-only --create` of one database, optionally under an exported snapshot. */
  dumpSchema(database: string, snapshot?: string): Promise<string>;
}

export interface ServerRequest {
  cell: Cell;
  dataDirectory: string;
  /** Short path: the socket's whole name must stay under 107 bytes. */
  socketDirectory: string;
  logFile: string;
  /** OS user that owns the files. */
  osUser: string;
  /** A superuser of the restored cluster and a database to ask cluster-wide questions in. */
  login: { user: string; maintenance: string };
  /** Where recovery stops and what it does there; may be moved forward between two starts of the same directory. */
  recovery: { target: RecoveryTarget; action: "pause" | "promote"; timeline: number | "latest" };
  /** Directory that recovery copies WAL from. Default: recovery asks the repository, as the restore configured it. */
  walDirectory?: string | undefined;
  /** Extra settings, over the safe ones that the adapter always gives (no TCP, no archiving, no workers that act). */
  settings?: Readonly<Record<string, string>>;
}

/** PostgreSQL started on a restored data directory, inside a cell. */
export interface RestoredServer {
  readonly database: Database;
  running(): boolean;
  /** FATAL and PANIC lines written since this start. */
  fatal(): Promise<string[]>;
  /** The line in which PostgreSQL says where recovery stopped, once it has. */
  recoveryStop(): Promise<string | undefined>;
  stop(mode: "fast" | "immediate"): Promise<void>;
}

export interface Servers {
  source(platform: Platform): Database;
  /** `pg_restore --list --verbose` of an archive. @throws OpsError fail */
  archiveContents(file: string): Promise<string>;
  /** Starts and returns as soon as the postmaster runs; recovery may still be going on. */
  start(request: ServerRequest): Promise<RestoredServer>;
  /** `pg_checksums --check` on a stopped data directory. */
  checksums(
    cell: Cell,
    dataDirectory: string,
  ): Promise<{ enabled: boolean; bad: number; blocks: number; detail: string }>;
  /** `pg_amcheck` on a running copy; `problems` are its lines. */
  amcheck(
    cell: Cell,
    server: RestoredServer,
    databases: readonly string[],
  ): Promise<{ problems: string[]; available: boolean; detail: string }>;
}

// ---- backups --------------------------------------------------------------------------------------------------------

/** Layers of proof an adapter may be unable to give. */
export type Capability =
  | "restore-points"
  | "wal-listing"
  | "repository-verify"
  | "repository-metadata"
  | "page-checksums"
  | "isolated-restore";

export interface RestoreRequest {
  /** Where the copy will live; a local repository is read from inside it, a remote one from outside. */
  cell: Cell;
  set: BackupSet;
  /** Empty directory that becomes the data directory. */
  into: string;
  /** Directory for this restore's own spool, lock, log and tablespaces. */
  work: string;
  signal?: AbortSignal;
  timeoutSeconds?: number;
  onBytes?: (done: number, total: number) => void;
}

export interface WalRequest {
  plan: WalPlan;
  /** Where the files go; made when it is missing. Names are those that recovery asks for. */
  into: string;
  /** The restored data directory: says which cluster the WAL must belong to. */
  dataDirectory: string;
  /** As in `RestoreRequest`. */
  work: string;
  signal?: AbortSignal;
  /** Limit of the whole, seconds. Default none. */
  timeoutSeconds?: number;
  /** `total` is unknown while only the WAL itself can say where the target lies. */
  onSegments?: (done: number, total: number | undefined) => void;
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

/** One piece of metadata and its copies. */
export interface StoredTwice {
  name: string;
  /** `problem` = why the copy cannot be read; otherwise the digest of its plain text. */
  copies: readonly ({ file: string; sha256: string } | { file: string; problem: string })[];
}

export interface Backups {
  readonly adapter: string;
  /** `undefined` = available; otherwise why this adapter cannot have the layer. */
  lacks(capability: Capability): string | undefined | Promise<string | undefined>;
  version(): Promise<string>;
  /** `onShare` is told the part done, 0…1. Warnings are all those that may concern the backup's content. */
  backup(
    type: "full" | "diff" | "incr",
    signal?: AbortSignal,
    onShare?: (share: number) => void,
  ): Promise<{ set: BackupSet; warnings: string[] }>;
  /** All complete backups, oldest first. @throws OpsError unavailable */
  list(): Promise<BackupSet[]>;
  /** The engine's own repository check, read from its text and never from its exit code. `only` needs a local repository. */
  verifyRepository(
    signal?: AbortSignal,
    only?: VerifyScope,
  ): Promise<{ ok: boolean; problems: string[]; detail: string }>;
  /** This platform's files in the repository, by name. @throws OpsError unavailable when it is not one local directory */
  repositoryFiles(): Promise<RepositoryFile[]>;
  /** sha256 (hex) of the raw bytes of these files, by name; a file that is gone is left out. Streams; told of each file. */
  repositoryDigests(
    names: readonly string[],
    options?: { signal?: AbortSignal; onFile?: (name: string) => void },
  ): Promise<Map<string, string>>;
  /** A small text file of the repository as the engine reads it: decrypted. @throws OpsError unavailable */
  repositoryText(name: string): Promise<string>;
  /** Database system identifier of the cluster whose backups these are, by the repository's own record. */
  systemIdentifier(): Promise<string | undefined>;
  /**
   * Removes one backup and what depends on it; or, without a label, the WAL that is older than the oldest full backup.
   * @returns the labels that the engine removed or, with `dryRun`, would remove. @throws OpsError unavailable
   */
  expire(request: { label?: string; dryRun?: boolean }): Promise<string[]>;
  /**
   * What the engine keeps in two copies: the indexes, and the manifest of every backup that the set is built on. It reads
   * whichever copy it can and says nothing of the other.
   */
  storedTwice(set: BackupSet): Promise<StoredTwice[]>;
  /** Our own listing of archived WAL, independent of the engine's judgement. */
  walSegments(archiveId: string): Promise<WalSegment[]>;
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
  /** Timeline history files: timeline id → text. */
  timelineHistories(archiveId: string): Promise<Map<number, string>>;
  restore(request: RestoreRequest): Promise<void>;
  /**
   * Fetches WAL outside the cell, each segment proven by the checksum that the archive recorded for it.
   * @throws OpsError unavailable, fail (a wrong checksum), timeout
   */
  fetchWal(request: WalRequest): Promise<FetchedWal>;
  /** True when the repository lies beyond the network, which a copy has not: its WAL is then fetched beforehand. */
  isRemote(): Promise<boolean>;
  /** Local directories of the stanza's repositories, used here or not. @throws OpsError config */
  repositoryDirectories(): Promise<string[]>;
  /** Where its other repositories are reached, used here or not. @throws OpsError config */
  repositoryEndpoints(): Promise<{ host: string; port: number }[]>;
}

// ---- evidence -------------------------------------------------------------------------------------------------------

export interface LedgerEntry {
  index: number;
  /** sha256 of the envelope, hex. */
  digest: string;
  predicate: Predicate;
  /** Path of the envelope, relative to the ledger. */
  file: string;
}

export interface LedgerProblem {
  /** `entry 12 (2026-11-23/000012.dsse.json)`, `head`, `day root 2026-11-23`. */
  place: string;
  found: string;
  expected: string;
}

export interface LedgerVerification {
  entries: number;
  /** Merkle root (RFC 6962) over all entries that are sound, hex. */
  root: string;
  /** Each at the file that was changed; what follows from one is not reported again. */
  problems: LedgerProblem[];
  /** Fingerprint of the public key that was verified with; undefined when nothing was ever signed. */
  key: string | undefined;
  /** False when the very end is damaged: nothing can be appended before it is repaired. */
  extendable: boolean;
}

export interface Ledger {
  /** Directory shown to the user. */
  readonly location: string;
  /**
   * Makes what is missing (directories, keys) and shows that an entry could be written: before a job runs, not after.
   * @throws OpsError evidence
   */
  preflight(): Promise<void>;
  /** Atomic, one writer at a time, durable when it returns. @throws OpsError evidence */
  append(predicate: Predicate): Promise<LedgerEntry>;
  /** Entries in order; signatures and the chain are checked while reading. @throws OpsError evidence */
  entries(): Promise<LedgerEntry[]>;
  /** Everything that is wrong with the ledger. @throws OpsError evidence when the public key itself is gone */
  verify(): Promise<LedgerVerification>;
  /** Takes content and returns its address; put it in `Predicate.artifacts`. It is kept once an entry names it. */
  store(name: string, mediaType: string, content: string | Uint8Array): Promise<Artifact>;
  /** Content by address; re-hashed. @throws OpsError evidence */
  load(sha256: string): Promise<Buffer>;
  /** Copies ledger, head, public key and the verifier for an outsider; returns what lies there. @throws OpsError directory */
  exportTo(directory: string): Promise<string[]>;
}

// ---- sandbox --------------------------------------------------------------------------------------------------------

/** What only the sandbox can do: be created, be damaged, be lost. Absent (undefined) for every other platform. */
export interface Sandbox {
  /** Makes or starts it. Without a scale: the existing one's, or 1. @throws OpsError directory when it has another scale */
  up(options: {
    scale?: number | undefined;
    onNote?: (text: string) => void;
  }): Promise<{ created: boolean; scale: number }>;
  /** `up` and `startWorkload`: all that must be there before a job starts measuring. */
  prepare: Sandbox["up"];
  down(): Promise<void>;
  status(): Promise<{
    running: boolean;
    workload: boolean;
    directory: string;
    scale: number | null;
    detail: string;
  }>;
  /** Commits orders, study records and a heartbeat row a second until stopped. Idempotent. */
  startWorkload(): Promise<void>;
  stopWorkload(): Promise<void>;
  /**
   * Damages the source for the drill. Two proofs: the platform is declared `environment: sandbox`, and the cluster's
   * system identifier equals the one written by `up` into a marker outside the cluster. @throws OpsError proofs
   */
  plant(kind: "update-without-where" | "delete" | "drop-table"): Promise<{ before: Date; detail: string }>;
  /** Undoes what `plant` did; nothing happens when nothing is planted. */
  repair(): Promise<{ repaired: readonly string[] }>;
  /** SIGKILLs the source and makes its pg_wal unreachable; returns the last heartbeat that was committed. Same proofs. */
  lose(): Promise<{ lastHeartbeat: Date }>;
  /** Brings the source and its workload back after `lose`, from its own files; nothing happens when it is there. */
  recover(): Promise<void>;
}

// ---- infrastructure -------------------------------------------------------------------------------------------------

/** The stack programs, evaluated without a cloud. */
export interface Infrastructure {
  /** Permanent stacks in the order of creation, then drills that have a configuration. */
  stacks(): Promise<readonly string[]>;
  /** @throws DeclarationError for configuration, OpsError config for a program that fails */
  evaluate(stacks: readonly string[]): Promise<StackPlan[]>;
  /** The same stacks as another commit declares them; those it does not have are left out. @throws OpsError usage */
  evaluateAt(ref: string, stacks: readonly string[]): Promise<{ commit: string; plans: StackPlan[] }>;
  /** Which changes replace, which resources hold state. */
  replacements(): Replacements;
  /** List prices with their sources; most are unknown. */
  prices(): Prices;
}

// ---- self-test of the verifier --------------------------------------------------------------------------------------

/** Makes throwaway sources whose backups may be damaged. Everything it makes lies under one directory of its own. */
export interface Laboratory {
  /**
   * Removes what killed self-tests left, then makes a running source with an empty repository and ledger.
   * @throws OpsError unavailable, missing
   */
  open(): Promise<Specimen>;
}

/** A small real source, made for one self-test. Nobody misses it. */
export interface Specimen {
  /** What a verification is given in place of the platform's own; it cannot tell the difference. */
  readonly tools: Pick<
    Context,
    "environment" | "platform" | "backups" | "ledger" | "sandbox" | "copies" | "sockets"
  >;
  readonly source: Database;
  /** Database with the content, in `source`. */
  readonly database: string;
  readonly dataDirectory: string;
  readonly saboteur: Saboteur;
  /**
   * The repository as it is now, copied, under a configuration of its own. `full`: on a small filesystem that has no room left.
   * @throws OpsError missing when this machine allows no such filesystem
   */
  copyRepository(kind?: "plain" | "full"): Promise<RepositoryCopy>;
  /** Puts the source back to the end of one of its backups; it goes on from there on a new timeline. */
  rewind(label: string): Promise<void>;
  /** Stops the source and removes everything. Idempotent. */
  close(): Promise<void>;
}

export interface RepositoryCopy {
  readonly platform: Platform;
  readonly backups: Backups;
  /** Root of the copied files. */
  readonly directory: string;
}

/** Where a repository keeps something. Both copies of a manifest or index, the engine's first choice first. */
export type RepositoryPart =
  | { kind: "largest-file"; label: string }
  | { kind: "manifest"; label: string }
  | { kind: "index" }
  | { kind: "backups" }
  | { kind: "wal"; segment: string };

/**
 * Damages files of self-tests and nothing else.
 * Every method throws OpsError proofs unless the file really lies under the laboratory's directory, in a self-test that this
 * very process opened.
 */
export interface Saboteur {
  /** Absolute paths in a copy. @throws OpsError missing when the copy holds no such part */
  find(copy: RepositoryCopy, part: RepositoryPart): Promise<string[]>;
  /** Inverts every bit of the byte in the middle. */
  flipByte(file: string): Promise<void>;
  /** Cuts the second half off. */
  truncate(file: string): Promise<void>;
  /** A file or a whole directory. */
  remove(path: string): Promise<void>;
  /** Copies a file or directory of a self-test over another; what was there before is gone. */
  replace(path: string, from: string): Promise<void>;
  /** Puts the same segment beside itself under the name that other content would have. */
  duplicateWal(copy: RepositoryCopy, segment: string): Promise<void>;
  /** Archives a segment of zeros, soundly packed, in place of the real one. */
  emptyWal(copy: RepositoryCopy, segment: string): Promise<void>;
  /** Replaces the passphrase in the copy's configuration. */
  changeKey(copy: RepositoryCopy): Promise<void>;
  forbidWriting(copy: RepositoryCopy): Promise<void>;
  /** A named pipe. */
  makePipe(file: string): Promise<void>;
}

// ---- context --------------------------------------------------------------------------------------------------------

export interface Tools {
  host: Host;
  isolation: Isolation;
  servers: Servers;
  backups: Backups;
  ledger: Ledger;
  sandbox: Sandbox | undefined;
  infrastructure: Infrastructure;
  laboratory: Laboratory;
}

export interface Context extends Tools {
  environment: string;
  platform: Platform;
  integrations: readonly Integration[];
  contract: Contract;
  /** Every discovered job; the contract names them as proofs. */
  jobs: readonly Job[];
  /** True when standard output takes colour. */
  color: boolean;
  clock: Clock;
  progress: Progress;
  /** Uniform in [0, 1); seeded, so that a run can be repeated. */
  random: () => number;
  /** Short unique id, e.g. `20261123t023004-k3f9`. */
  newId(): string;
  signal: AbortSignal;
  /** Runs at the end of the job, last registered first, whatever happened. */
  defer(name: string, cleanup: () => Promise<void>): void;
  /** Where reports for people go. */
  reports: string;
  /** Where copies are restored to; one directory per copy under it. */
  copies: string;
  /** Short directory for their sockets: a socket's whole path must stay under 107 bytes. */
  sockets: string;
  /** Inputs named in every evidence of this run: git commit, versions, seed. */
  inputs: Readonly<Record<string, string>>;
  actor: string;
  /** Columns of the terminal that the summary is rendered for. */
  width: number;
}

/** What a job returns; the runner turns it into signed evidence and prints it. */
export interface Outcome {
  checks: Check[];
  measurements: Measurement[];
  artifacts: Artifact[];
  facts: Record<string, unknown>;
  inputs?: Record<string, string>;
  /** False when this run leaves no evidence (a listing, a clean-up). Default true. */
  record?: boolean;
  /** Rendered for a pull request or a step summary. */
  markdown?: string;
  /** Printed to standard output at the end (human modes). */
  summary?: string;
  /** Printed instead of the summary with --json. */
  json?: unknown;
  /** Exit code of a job whose verdict is about something other than itself; by default it follows the verdict. */
  exit?: ExitName;
}
