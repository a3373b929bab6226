// What every room may ask for, whatever it works on. What only one room offers stands in that room's port.
import type { Platform } from "../../policies/service/service";
import type { Clock } from "./clock";
import type { Progress } from "./progress";

/** Time, progress, chance and an end: nothing in them knows what is operated. */
export interface Core {
  clock: Clock;
  progress: Progress;
  /** Uniform in [0, 1); seeded, so that a run can be repeated. */
  random: () => number;
  /** Short unique id, e.g. `20261123t023004-k3f9`. */
  newId(): string;
  /** Aborts on the first SIGINT or SIGTERM. */
  signal: AbortSignal;
  /** Runs at the end of the job, last registered first, whatever happened. */
  defer(name: string, cleanup: () => Promise<void>): void;
}

/** Stands for the name where an environment has no platform of its own, or several of which none was chosen. No platform is called so. */
export const NO_PLATFORM = "-";

/** What this run operates. */
export interface Operated {
  environment: string;
  /** Known without reading the platform's declaration. */
  platformName: string;
  /** @throws OpsError unknownTarget when it is read and there is none */
  platform: Platform;
}

/** What a summary is rendered for. */
export interface Terminal {
  /** True when standard output takes colour. */
  color: boolean;
  /** Columns of the terminal. */
  width: number;
}
