// Where this checkout keeps what it makes. Two checkouts on one machine never meet.
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import path from "node:path";
import { OpsError } from "../core/errors";

/** Where this checkout keeps what it makes. Two checkouts on one machine never meet. */
export interface Paths {
  root: string;
  /** Evidence, keys, reports: what people read. `OPS_HOME`, default `<checkout>/.ops`. */
  home: string;
  /** Sandbox and copies: what the database's OS user must reach. `OPS_STATE`. */
  state: string;
  /** Short, because a socket's whole path must stay under 107 bytes. */
  sockets: string;
}

/** @throws OpsError usage when `OPS_HOME` or `OPS_STATE` is empty or relative: it would be another place in every directory */
export function pathsOf(root: string, env: NodeJS.ProcessEnv = process.env): Paths {
  const short = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);
  const base =
    process.getuid?.() === 0
      ? "/var/lib/netedu-ops"
      : path.join(env.XDG_STATE_HOME || path.join(homedir(), ".local/state"), "netedu-ops");
  const state = given(env, "OPS_STATE") ?? path.join(base, short(root));
  return {
    root,
    home: given(env, "OPS_HOME") ?? path.join(root, ".ops"),
    state,
    sockets: `/tmp/ops-${short(state)}`,
  };
}

function given(env: NodeJS.ProcessEnv, name: "OPS_HOME" | "OPS_STATE"): string | undefined {
  const value = env[name];
  if (value === undefined) return undefined;
  if (path.isAbsolute(value)) return path.normalize(value);
  throw new OpsError("usage", `${name} is ${value === "" ? "empty" : `the relative path ${value}`}`, {
    expected: "an absolute path, or no such variable",
    todo: `unset ${name}, or name the directory from the root; nothing was made`,
  });
}
