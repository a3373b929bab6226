// What the subcommands of `ops release` are given alike.
import type { Declared } from "../../core/arguments";

export const VERSIONS = {
  versions: { kind: "list", positional: true, description: "app=version, several with commas" },
} as const satisfies Declared;

export const APPS = {
  apps: { kind: "list", positional: true, description: "apps, several with commas (default: all)" },
} as const satisfies Declared;

/** A gate may be passed with a reason and a second person's approval. */
export const OVERRIDE = {
  override: {
    kind: "list",
    needs: "reason",
    description: "gates that do not pass and may be passed, with commas",
  },
  reason: { kind: "text", description: "why they may be passed" },
  approval: {
    kind: "list",
    description: "branches at the remote that hold a second person's signed commit, with commas",
  },
} as const satisfies Declared;
