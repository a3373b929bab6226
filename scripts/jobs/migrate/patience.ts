// How long `up` and `down` wait for a lock, and how often they try again.
import type { Declared } from "../../core/arguments";
import { DEFAULT_ATTEMPTS, DEFAULT_LOCK_TIMEOUT_MS } from "../../migrate/runner";

export const PATIENCE = {
  lockTimeout: {
    kind: "whole",
    value: "milliseconds",
    least: 1,
    most: 60_000,
    default: DEFAULT_LOCK_TIMEOUT_MS,
    description: "longest wait for one lock; other sessions queue behind it, milliseconds",
  },
  attempts: {
    kind: "whole",
    least: 1,
    most: 1000,
    default: DEFAULT_ATTEMPTS,
    description: "attempts per step, with growing pauses",
  },
} as const satisfies Declared;
