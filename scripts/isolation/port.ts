// A container without a way out, and the proof of it.
import type { ProcessIdentity, RunOptions, RunResult } from "../machine/port";

export interface ContainerRequest {
  id: string;
  /** Paths that exist and may be written inside. What is named in neither list is not visible there, but for programs. */
  writable: readonly string[];
  /** Paths that may be read but not written inside, where they exist. */
  readOnly: readonly string[];
  /** OS user that everything inside runs as; best one that owns nothing else. */
  user: string;
  /** OS user that works outside for whoever opens it: owns the repository. Where nothing separates, programs run as it. */
  outside: string;
  /** Longest that a program or statement inside may take, seconds. Default that of a restore. */
  limitSeconds?: number | undefined;
}

export type Probe =
  | { kind: "tcp"; name: string; host: string; port: number }
  | { kind: "unix-socket"; name: string; path: string }
  /** Listing it, or writing in it. */
  | { kind: "directory"; name: string; directory: string };

/** One attempt made inside and, at the same moment, the same attempt outside as the positive control. */
export interface ProbeResult {
  probe: Probe;
  inside: { reached: boolean; detail: string };
  outside: { reached: boolean; detail: string };
}

export interface Container {
  readonly id: string;
  /** OS user that programs inside run as. */
  readonly user: string;
  /** How it is separated, e.g. `network, mount, pid and ipc namespaces`. */
  readonly separation: string;
  /** False when the system gave us no namespaces; nothing is proven then. */
  readonly isolated: boolean;
  /** The process whose death removes everything inside; recorded so that a reaper can find it. */
  readonly init: ProcessIdentity | null;
  /** Longest that a program or statement inside may take, seconds. */
  readonly limitSeconds: number;
  /** Ends it when its time is up: after `limitSeconds`, or sooner where `options` says so. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /**
   * Starts a long-running program inside; it dies with the container. Its output is appended to `logFile` as far as the disk
   * has room, and every line is given to `onLine` even where it has none.
   */
  spawn(
    program: string,
    args: readonly string[],
    options: {
      logFile: string;
      onLine?: ((line: string) => void) | undefined;
      env?: Readonly<Record<string, string>>;
    },
  ): Promise<ContainerProcess>;
  /** Interfaces that exist inside other than a loopback that is down. */
  probe(probes: readonly Probe[]): Promise<ProbeResult[]>;
  /** Names of network interfaces that are up inside, and routes; empty when there is no way out. */
  egress(): Promise<string[]>;
  /** Kills everything inside and waits until it is gone. Idempotent. */
  close(): Promise<void>;
}

export interface ContainerProcess {
  /** Resolves once it has ended and everything it said was heard; `running` turns false at the same time. Killed by n: 128 + n. */
  readonly exited: Promise<{ exitCode: number; signal: string | null }>;
  running(): boolean;
  /** Sends a signal to the program itself (not to a wrapper). */
  signal(name: "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGKILL"): Promise<void>;
}

export interface Isolation {
  open(request: ContainerRequest): Promise<Container>;
  /** A listener outside, on loopback, that stands for an integration in the sandbox while a proof runs. */
  controlListener(name: string): Promise<{ host: string; port: number; close(): Promise<void> }>;
}

export interface IsolationTools {
  isolation: Isolation;
}
