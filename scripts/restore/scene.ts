// What the layers of a verification look at: one restored copy on its way to a target. Types and small questions only.
import type { BackupSet } from "../backup/backup-set";
import type { Checkpoint } from "../backup/checkpoint";
import type { Capability } from "../backup/port";
import type { WalSegment } from "../backup/wal";
import type { CheckVerdict } from "../core/evidence";
import type { Database, RestoredServer } from "../postgres/port";
import type { Copy } from "./copy";
import type { Goal } from "./target";
import type { RestoreTools } from "./tools";

/** Where recovery stood when it stopped. Instants as PostgreSQL prints them, UTC, microseconds. */
export interface Reached {
  lsn: string;
  timeline: number;
  /** Commit time of the last replayed transaction; null when none was replayed. */
  lastCommit: string | null;
  /** PostgreSQL's own sentence about where it stopped. */
  stop: string | undefined;
}

export interface Scene {
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
  /** What the copy holds at the checkpoint; read once, judged by several layers. */
  found?: Pick<Checkpoint, "databases" | "roles">;
  /** Why the copy's content could not be read: PostgreSQL says that it is damaged. */
  unreadable?: string;
  atCheckpoint?: Reached;
  atTarget?: Reached;
}

/**
 * When a layer can look: at the repository before anything is restored, and at stops of the copy. What changes the copy comes
 * last at its target; what lies there then is checked before the server stops.
 */
export type Stage = "repository" | "isolated" | "at-checkpoint" | "at-target" | "before-stop" | "stopped";

export interface Finding {
  verdict: CheckVerdict;
  detail: string;
}

export interface Layer {
  /** Name of its check. */
  name: string;
  stage: Stage;
  /** What the backup adapter must be able to give; without it the layer is not applicable. */
  needs?: Capability;
  /** Cheap questions first; `undefined` = nothing to say about this goal (the layer leaves no check). */
  look(scene: Scene): Promise<Finding | undefined>;
}

export const pass = (detail: string): Finding => ({ verdict: "pass", detail });
export const fail = (detail: string): Finding => ({ verdict: "fail", detail });
export const inconclusive = (detail: string): Finding => ({ verdict: "inconclusive", detail });
export const notApplicable = (reason: string): Finding => ({ verdict: "not-applicable", detail: reason });

/** Pass when the list of problems is empty, otherwise fail naming the first few and the number of the rest. */
export function judge(problems: readonly string[], clean: string, show = 8): Finding {
  if (problems.length === 0) return pass(clean);
  const more = problems.length > show ? `; and ${problems.length - show} more` : "";
  return fail(problems.slice(0, show).join("; ") + more);
}

/** The running copy. @throws Error when a layer is asked at the wrong stage, which is a bug */
export function copyDatabase(scene: Scene): Database {
  if (!scene.server) throw new Error("no copy is running at this stage");
  return scene.server.database;
}
