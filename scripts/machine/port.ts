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
  /** Creates a directory (and parents), owned by `user` when root. */
  makeDirectory(path: string, options?: { user?: string; mode?: number }): Promise<void>;
  removeTree(path: string): Promise<void>;
  list(path: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  readText(path: string): Promise<string>;
  /** A file that the user has named. @throws OpsError usage when it cannot be read */
  readInput(path: string): Promise<string>;
  /** Atomic (write beside, rename). */
  writeText(path: string, text: string, options?: { user?: string; mode?: number }): Promise<void>;
  /** The same of a file that the user has named; its directory is made. @throws OpsError directory */
  writeOutput(path: string, text: string): Promise<void>;
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
}

/** A pid alone may be reused; with its start time it cannot. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
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
