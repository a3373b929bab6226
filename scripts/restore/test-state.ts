// What the checks of a verification look at: one restored copy on its way to a target. Types and small questions only.
import type { BackupSet } from "../backup/backup-set";
import type { Checkpoint } from "../backup/checkpoint";
import type { Capability } from "../backup/port";
import type { WalSegment } from "../backup/wal";
import type { Finding } from "../core/evidence";
import type { Database, RestoredServer } from "../postgres/port";
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
}

export interface TestState {
  context: RestoreTools;
  goal: Goal;
  set: BackupSet;
  /** Loaded when the goal has one. */
  checkpoint: Checkpoint | undefined;
  segments: WalSegment[];
  switches: Map<number, { parent: number; lsn: string }>;
  copy?: Copy;
  /** WAL laid beside a copy that cannot ask the repository. */
  walDirectory?: string;
  server?: RestoredServer;
  /** What the copy holds at the checkpoint; read once, judged by several checks. */
  found?: Pick<Checkpoint, "databases" | "roles">;
  /** Why the copy's content could not be read: PostgreSQL says that it is damaged. */
  unreadable?: string;
  atCheckpoint?: RecoveryPosition;
  atTarget?: RecoveryPosition;
}

/**
 * When a check can look: at the repository before anything is restored, and at stops of the copy. What changes the copy comes
 * last at its target; what lies there then is checked before the server stops.
 */
export type Stage = "repository" | "isolated" | "at-checkpoint" | "at-target" | "before-stop" | "stopped";

export interface RestoreCheck {
  /** Name of its check. */
  name: string;
  stage: Stage;
  /** What the backup adapter must be able to give; without it the check is not applicable. */
  needs?: Capability;
  /** Cheap questions first; `undefined` = nothing to say about this goal (the check leaves no check). */
  look(testState: TestState): Promise<Finding | undefined>;
}

/** The running copy. @throws Error when a check is asked at the wrong stage, which is a bug */
export function copyDatabase(testState: TestState): Database {
  if (!testState.server) throw new Error("no copy is running at this stage");
  return testState.server.database;
}
