// What the subcommands of `ops release` are given alike.
import type { Declared } from "../../core/arguments";

export const VERSIONS = {
  versions: {
    kind: "list",
    positional: true,
    names: "app",
    pattern: {
      form: /^[^=]*(=v?\d+\.\d+\.\d+(-[\w.-]+)?)?$/,
      expected: "app=version, the version a semantic one such as 1.1.0: a tag such as latest can be moved",
    },
    description: "versions to release, app=version, comma-separated",
  },
} as const satisfies Declared;

export const APPS = {
  apps: { kind: "list", names: "app", positional: true, description: "apps, comma-separated (default: all)" },
} as const satisfies Declared;

/** A gate may be passed with a reason and a second person's approval. */
export const OVERRIDE = {
  override: {
    kind: "list",
    names: "gate",
    value: "gates",
    needs: "reason",
    description: "gates to override, comma-separated",
  },
  reason: { kind: "text", description: "why these gates may be overridden" },
  approval: {
    kind: "list",
    value: "branches",
    description: "remote branches that hold a second person's signed commit, comma-separated",
  },
} as const satisfies Declared;
