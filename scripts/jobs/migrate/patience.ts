// How long `up` and `down` wait for a lock, and how often they try again.
import type { Declared } from "../../core/arguments";
import { DEFAULT_ATTEMPTS, DEFAULT_LOCK_TIMEOUT_MS } from "../../migrate/runner";

export const PATIENCE = {
  lockTimeout: {
    kind: "whole",
    least: 1,
    most: 60_000,
    default: DEFAULT_LOCK_TIMEOUT_MS,
    description: "longest wait for a lock, which others queue behind, milliseconds",
  },
  attempts: {
    kind: "whole",
    least: 1,
    most: 1000,
    default: DEFAULT_ATTEMPTS,
    description: "tries of one step, with growing pauses",
  },
} as const satisfies Declared;
