// The machine that ops runs on: programs, files, locks, processes.

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
  /** The last so many characters of each stream are in the result. Default 8 Mi; little where lines are read as they come. */
  keptCharacters?: number;
  /** Given standard output as it comes; then `stdout` of the result is empty, and `onLine` is called for errors only. */
  onBytes?: (part: Buffer) => void;
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
  /**
   * Absolute path of a PostgreSQL or pgBackRest program. @param major PostgreSQL's version that it must have; default any that is
   * new enough. @throws OpsError missing
   */
  program(name: string, major?: number): Promise<string>;
  /** What may still be written at a path, bytes; the path need not exist yet. */
  freeBytes(path: string): Promise<number>;
  /**
   * Creates a directory (and parents), owned by `user` when root. What is there keeps its owner and mode.
   * @throws OpsError directory when it is there and belongs to another account than `user` or ourselves
   */
  makeDirectory(path: string, options?: { user?: string; mode?: number }): Promise<void>;
  /**
   * Makes a directory for us alone, or shows that the one that is there is ours (or of `user`, for whom we work).
   * @throws OpsError directory
   */
  ownDirectory(path: string, options: { mode: number; user?: string }): Promise<void>;
  /** The directory itself; undefined when there is none, or a link. */
  identifyDirectory(path: string): DirectoryIdentity | undefined;
  /** Gives a tree to an account: what is in it, links themselves, never what they lead to. Nothing happens without root. */
  handOver(path: string, user: string, options?: { recursive?: boolean }): Promise<void>;
  /**
   * An account that nothing else runs as, for a directory that exists; it stays claimed while the directory exists.
   * Undefined without root. @throws OpsError locked
   */
  claimAccount(directory: string): Promise<Claim | undefined>;
  /** Follows no link on its way down. @param expected the directory meant. @throws OpsError proofs when it is another one */
  removeTree(path: string, expected?: DirectoryIdentity): Promise<void>;
  list(path: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  readText(path: string): Promise<string>;
  /** A small file of ours that decides what may be deleted; undefined when there is none. @throws OpsError proofs when anybody else may have written it */
  readRecord(path: string): Promise<string | undefined>;
  /** A copy of a plain file, by its content; never through a link. @throws OpsError proofs, directory when `to` exists */
  copyFile(from: string, to: string, options?: { user?: string; mode?: number }): Promise<void>;
  /** A file that the user has named. @throws OpsError usage when it cannot be read */
  readInput(path: string): Promise<string>;
  /** The same as it comes, however much it is. @throws OpsError usage when it cannot be read */
  readPieces(path: string): AsyncIterable<Buffer>;
  /** Atomic (write beside, rename). */
  writeText(
    path: string,
    text: string | Uint8Array,
    options?: { user?: string; mode?: number },
  ): Promise<void>;
  /** The same of a file that the user has named; its directory is made. @throws OpsError directory */
  writeOutput(path: string, content: string | Uint8Array, options?: { mode?: number }): Promise<void>;
  /**
   * Takes an exclusive machine-wide lock or throws OpsError `locked` naming the holder (pid, job, since).
   * A lock whose holder is dead is taken over.
   */
  lock(
    file: string,
    holder: { job: string; since: Date },
    /**
     * How long one and the same holder is waited for, seconds. Default 0. Who waits gets the lock in the order of coming, and
     * is not turned away while it changes hands.
     */
    options?: { waitSeconds?: number },
  ): Promise<{ release(): Promise<void> }>;
  /** True when the process with this pid and start time (opaque, from `self`) still runs. */
  alive(process: ProcessIdentity): Promise<boolean>;
  self(): Promise<ProcessIdentity>;
  /** Sends SIGKILL; nothing happens when it is gone or is another process by now. */
  kill(process: ProcessIdentity): Promise<void>;
  /** The same to the first process of a pid namespace that is not ours, as recorded with that namespace, and to nothing else. */
  killInit(process: ProcessIdentity): Promise<void>;
}

/** A directory's name may come to mean another one; these do not while it exists. Decimal numbers. */
export interface DirectoryIdentity {
  device: string;
  inode: string;
}

export interface Claim {
  /** Name to give to `user` options. */
  user: string;
  release(): Promise<void>;
}

/** A pid alone may be reused; with its start time it cannot. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
  /** Link text of its pid namespace, where that matters: a container's first process. */
  namespace?: string | undefined;
}

export interface MachineTools {
  host: Host;
}

/** Where this run puts what it makes. */
export interface Workspace {
  /** Where reports for people go. */
  reports: string;
  /** Where copies are restored to; one directory per copy under it. */
  copies: string;
  /** Short directory for their sockets: a socket's whole path must stay under 107 bytes. */
  sockets: string;
}
