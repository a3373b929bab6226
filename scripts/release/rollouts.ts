// How a version reaches its users, and what serves them.
import type { App, Release } from "../../policies/service/releases";
import type { Measurement } from "../core/evidence";
import type { ReleasePlan } from "./plan";

export interface RolloutRequest {
  plan: ReleasePlan;
  /** Commit of the main branch that declares it. */
  commit: string;
  /** True for a rollback: at once, without canary. */
  direct: boolean;
  signal: AbortSignal;
  onStep: (text: string) => void;
}

export interface RolloutResult {
  /** `aborted`: the previous version serves, and the new one was degraded. */
  outcome: "healthy" | "aborted";
  /** Metric that decided, for an abort by analysis. */
  metric: string | undefined;
  /** One sentence. */
  reason: string;
  measurements: Measurement[];
  /** What was seen on the way, for the evidence. */
  facts: Record<string, unknown>;
}

export interface AppState {
  app: App;
  /** What serves; undefined when nothing does or nobody can tell. */
  serving: string | undefined;
  health: "healthy" | "progressing" | "degraded" | "unknown";
  detail: string;
}

export interface Rollouts {
  /** How, for people and evidence: the real thing and a stand-in are never called the same. */
  readonly how: string;
  /** Waits until it is decided. @throws OpsError unavailable, timeout */
  roll(request: RolloutRequest): Promise<RolloutResult>;
  /** One a declared app. @throws OpsError unavailable */
  status(release: Release): Promise<AppState[]>;
}
