// What only the sandbox can do.

/** What only the sandbox can do: be created, be damaged, be lost. Absent (undefined) for every other platform. */
export interface Sandbox {
  /** What its users do, so that a copy can be put under the same work. */
  readonly work: {
    database: string;
    role: string;
    /** Actions a second. */
    rate: number;
    /** The action that a uniform number in [0, 1) stands for, as one statement. */
    choose(uniform: number): { name: string; sql: string; values: readonly unknown[] };
  };
  /** Makes or starts it. Without a scale: the existing one's, or 1. @throws OpsError directory when it has another scale */
  up(options: {
    scale?: number | undefined;
    onNote?: (text: string) => void;
  }): Promise<{ created: boolean; scale: number }>;
  /** `up` and `startWorkload`: all that must be there before a job starts measuring. */
  prepare: Sandbox["up"];
  down(): Promise<{ directory: string }>;
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
  inject(kind: "update-without-where" | "delete" | "drop-table"): Promise<{ before: Date; detail: string }>;
  /** Undoes what `inject` did; nothing happens when nothing is injected. */
  repair(): Promise<{ repaired: readonly string[] }>;
  /** SIGKILLs the source and makes its pg_wal unreachable; returns the last heartbeat that was committed. Same proofs. */
  lose(): Promise<{ lastHeartbeat: Date }>;
  /** Brings the source and its workload back after `lose`, from its own files; nothing happens when it is there. */
  recover(): Promise<void>;
}

export interface SandboxTools {
  /** Undefined for every platform but the sandbox. */
  sandbox: Sandbox | undefined;
}
