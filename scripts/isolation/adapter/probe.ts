// The same attempt made inside a container and outside at the same moment. Reports both; what they prove is judged elsewhere.
import { readFileSync } from "node:fs";
import path from "node:path";
import { OpsError } from "../../core/errors";
import type { RunResult } from "../../machine/port";
import type { Probe, ProbeResult } from "../port";

type Connection = ProbeResult["inside"];

/**
 * Connections are tried as whoever made the container, usually root: what root cannot reach nobody inside can, and Node may
 * lie where the container's user cannot execute it. Writing is tried as the user that would do it. Both sides alike.
 */
type Runner = (as: "user" | "maker", program: string, args: readonly string[]) => Promise<RunResult>;

/** Handed over as text, so that it need not be readable inside. */
const CONNECT = readFileSync(path.join(__dirname, "connect.cjs"), "utf8");

const WRITE = `
if file=$(mktemp "$1/.ops-probe.XXXXXX" 2>&1); then
  rm -f -- "$file"
  echo '{"reached": true, "detail": "wrote a file"}'
else
  echo '{"reached": false, "detail": "refused"}'
  echo "$file" >&2
fi`;

/** @throws OpsError inconclusive when an attempt could not be made: that is not the same as one that failed */
export async function probe(one: Probe, sides: { inside: Runner; outside: Runner }): Promise<ProbeResult> {
  const connection = attemptOf(one);
  const [inside, outside] = await Promise.all([connection(sides.inside), connection(sides.outside)]);
  return { probe: one, inside, outside };
}

function attemptOf(one: Probe): (runner: Runner) => Promise<Connection> {
  if (one.kind === "write") {
    const args = ["-c", WRITE, "ops-probe", one.directory];
    return async (runner) => outcome(one, await runner("user", "/bin/sh", args));
  }
  const to = one.kind === "tcp" ? { host: one.host, port: one.port } : { path: one.path };
  const args = ["-e", CONNECT, JSON.stringify(to)];
  return async (runner) => outcome(one, await runner("maker", process.execPath, args));
}

function outcome(one: Probe, { stdout, stderr, exitCode }: RunResult): Connection {
  try {
    const { reached, detail } = JSON.parse(stdout) as Connection;
    const reason = stderr.trim().replace(/^mktemp: /, "");
    return { reached, detail: !reached && reason !== "" ? reason : detail };
  } catch {
    throw new OpsError(
      "inconclusive",
      `the probe "${one.name}" could not run: ${stderr.trim() || `exit ${exitCode}`}`,
      {
        expected: `${one.kind === "write" ? "/bin/sh" : process.execPath} that runs inside the container and outside`,
        todo: "make it executable for the account that PostgreSQL runs as",
      },
    );
  }
}
