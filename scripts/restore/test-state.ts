// What the checks of a verification look at: one restored copy on its way to a target. Types and small questions only.
import type { BackupSet } from "../backup/backup-set";
import type { Checkpoint, ClusterState } from "../backup/checkpoint";
import type { Capability } from "../backup/port";
import type { Lineage } from "../backup/timelines";
import type { WalSegment } from "../backup/wal";
import type { Finding } from "../core/evidence";
import type { RestoredServer } from "../postgres/port";
import type { Copy } from "./copy";
import type { Goal } from "./target";
import type { RestoreTools } from "./tools";

/** Where recovery stood when it stopped. Instants as PostgreSQL prints them, UTC, microseconds. */
export interface RecoveryPosition {
  lsn: string;
  timeline: number;
  /** Commit time of the last replayed transaction; null when none was replayed. */
  lastCommit: string | null;
  /** PostgreSQL's own sentence about where it stopped. */
  stop: string | undefined;
  /** Settings that WAL demanded higher than the control file of the backup did, with the value they got. */
  raised: Readonly<Record<string, number>>;
}

/** What is known before anything is restored. */
export interface AtRepository {
  context: RestoreTools;
  goal: Goal;
  set: BackupSet;
  /** Loaded when the goal has one. */
  checkpoint: Checkpoint | undefined;
  segments: readonly WalSegment[];
  switches: ReadonlyMap<number, { parent: number; lsn: string }>;
  /** The timeline that the source went along. */
  follow: Lineage;
}

/** The copy has its directory and its container. */
export interface Isolated extends AtRepository {
  copy: Copy;
}

/** Its data files are there. */
export interface Restored extends Isolated {
  /** WAL laid beside a copy that cannot ask the repository. */
  walDirectory: string;
}

/** What the copy holds at the checkpoint, read once and judged by several checks; or why it cannot be read: it is damaged, or something is missing here. */
export type CopyContent = ClusterState | { unreadable: Finding };

export interface CheckpointStop {
  server: RestoredServer;
  position: RecoveryPosition;
  content: CopyContent;
}

export interface AtCheckpoint extends Restored {
  /** Undefined when the goal has no checkpoint: recovery does not stop on its way. */
  stop: CheckpointStop | undefined;
}

/** The copy runs at its target and takes writes. */
export interface AtTarget extends AtCheckpoint {
  server: RestoredServer;
  position: RecoveryPosition;
}

/**
 * When a check can look, and what it then sees: at the repository before anything is restored, and at stops of the copy. What
 * changes the copy comes last at its target; what lies there then is checked before the server stops.
 */
export interface States {
  repository: AtRepository;
  "at-checkpoint": AtCheckpoint;
  "at-target": AtTarget;
  "before-stop": AtTarget;
  stopped: AtTarget;
}

export type Stage = keyof States;

export interface RestoreCheck<S extends Stage> {
  /** Name of its check. */
  name: string;
  stage: S;
  /** What the backup adapter must be able to give; without it the check is not applicable. */
  needs?: Capability;
  /** Cheap questions first; `undefined` = nothing to say about this goal (the check leaves no check). */
  look(state: States[S]): Promise<Finding | undefined>;
}

export type AnyRestoreCheck = { [S in Stage]: RestoreCheck<S> }[Stage];

const isAt = <S extends Stage>(
  check: AnyRestoreCheck,
  stage: S,
): check is AnyRestoreCheck & RestoreCheck<S> => check.stage === stage;

export function checksAt<S extends Stage>(checks: readonly AnyRestoreCheck[], stage: S): RestoreCheck<S>[] {
  return checks.flatMap((check) => (isAt(check, stage) ? [check] : []));
}
