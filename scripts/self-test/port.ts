// Throwaway sources that the self-test of the verifier may damage.
import type { Platform } from "../../policies/service/service";
import type { BackupTools } from "../backup/port";
import type { Operated } from "../core/tools";
import type { EvidenceTools } from "../evidence/port";
import type { Workspace } from "../machine/port";
import type { Database } from "../postgres/port";
import type { SandboxTools } from "../sandbox/port";

/** Makes throwaway sources whose backups may be damaged. Everything it makes lies under one directory of its own. */
export interface ThrowawayClusters {
  /**
   * Removes what killed self-tests left, then makes a running source with an empty repository and ledger.
   * @throws OpsError unavailable, missing
   */
  open(): Promise<ThrowawayCluster>;
}

/** A small real source, made for one self-test. Nobody misses it. */
export interface ThrowawayCluster {
  /** What a verification is given in place of the platform's own; it cannot tell the difference. */
  readonly tools: Operated &
    BackupTools &
    EvidenceTools &
    SandboxTools &
    Pick<Workspace, "copies" | "sockets">;
  readonly source: Database;
  /** Database with the content, in `source`. */
  readonly database: string;
  readonly dataDirectory: string;
  readonly injector: FaultInjector;
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
  readonly backups: BackupTools;
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
 * Every method throws OpsError proofs unless the file really lies under the throwaway clusters's directory, in a self-test that this
 * very process opened.
 */
export interface FaultInjector {
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
  /** Archives the segment as another cluster would have written it, soundly packed, in place of the real one. */
  foreignWal(copy: RepositoryCopy, segment: string): Promise<void>;
  /** Replaces the passphrase in the copy's configuration. */
  changeKey(copy: RepositoryCopy): Promise<void>;
  forbidWriting(copy: RepositoryCopy): Promise<void>;
  /** A named pipe. */
  makePipe(file: string): Promise<void>;
}

export interface SelfTestTools {
  throwaway: ThrowawayClusters;
}
