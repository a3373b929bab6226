// The same attempt made inside a container and outside at the same moment. Reports both; what they prove is judged elsewhere.
import { readFileSync } from "node:fs";
import path from "node:path";
import { OpsError } from "../../core/errors";
import type { RunResult } from "../../machine/port";
import type { Probe, ProbeResult } from "../port";

type Connection = ProbeResult["inside"];

/**
 * Inside everything is tried as whoever made the container, usually root: what root cannot reach nobody inside can, and Node may
 * lie where the container's user cannot execute it. Outside by ourselves, and a directory by the user that works there.
 */
type Runner = (as: "user" | "maker", program: string, args: readonly string[]) => Promise<RunResult>;

/** Handed over as text, so that it need not be readable inside. */
const CONNECT = readFileSync(path.join(__dirname, "connect.cjs"), "utf8");

const DIRECTORY = `
if said=$(ls -A -- "$1" 2>&1 >/dev/null); then
  echo '{"reached": true, "detail": "listed it"}'
elif file=$(mktemp "$1/.ops-probe.XXXXXX" 2>/dev/null); then
  rm -f -- "$file"
  echo '{"reached": true, "detail": "wrote a file"}'
else
  echo '{"reached": false, "detail": "refused"}'
  echo "$said" >&2
fi`;

/** @throws OpsError inconclusive when an attempt could not be made: that is not the same as one that failed */
export async function probe(one: Probe, sides: { inside: Runner; outside: Runner }): Promise<ProbeResult> {
  const connection = attemptOf(one);
  const [inside, outside] = await Promise.all([
    connection(sides.inside, "inside"),
    connection(sides.outside, "outside"),
  ]);
  return { probe: one, inside, outside };
}

function attemptOf(one: Probe): (runner: Runner, side: "inside" | "outside") => Promise<Connection> {
  if (one.kind === "directory") {
    const args = ["-c", DIRECTORY, "ops-probe", one.directory];
    return async (runner, side) =>
      outcome(one, await runner(side === "inside" ? "maker" : "user", "/bin/sh", args));
  }
  const to = one.kind === "tcp" ? { host: one.host, port: one.port } : { path: one.path };
  const args = ["-e", CONNECT, JSON.stringify(to)];
  return async (runner) => outcome(one, await runner("maker", process.execPath, args));
}

function outcome(one: Probe, { stdout, stderr, exitCode }: RunResult): Connection {
  try {
    const { reached, detail } = JSON.parse(stdout) as Connection;
    const reason = stderr.trim().replace(/^ls: /, "");
    return { reached, detail: !reached && reason !== "" ? reason : detail };
  } catch {
    throw new OpsError(
      "inconclusive",
      `the probe "${one.name}" could not run: ${stderr.trim() || `exit ${exitCode}`}`,
      {
        expected: `${one.kind === "directory" ? "/bin/sh" : process.execPath} that runs inside the container and outside`,
        todo: "make it executable for the account that PostgreSQL runs as",
      },
    );
  }
}
