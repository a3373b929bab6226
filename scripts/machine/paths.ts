// Where this checkout keeps what it makes. Two checkouts on one machine never meet.
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import path from "node:path";

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

export function pathsOf(root: string, env: NodeJS.ProcessEnv = process.env): Paths {
  const short = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);
  const base =
    process.getuid?.() === 0
      ? "/var/lib/netedu-ops"
      : path.join(env.XDG_STATE_HOME ?? path.join(homedir(), ".local/state"), "netedu-ops");
  const state = path.resolve(env.OPS_STATE ?? path.join(base, short(root)));
  return {
    root,
    home: path.resolve(env.OPS_HOME ?? path.join(root, ".ops")),
    state,
    sockets: `/tmp/ops-${short(state)}`,
  };
}
