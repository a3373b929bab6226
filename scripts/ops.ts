// The `ops` command: discovers the jobs, parses the line, wires the context and is the only error boundary.
import path from "node:path";
import { DeclarationError } from "../policies/engine/declaration";
import { discoverJobs } from "./adapters/jobs";
import { type Invocation, parseCommandLine } from "./command-line";
import { compose } from "./compose";
import { EXIT, OpsError } from "./domain/errors";
import { runJob } from "./runner";

/** @param argv without node and script */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await guarded(argv);
}

async function guarded(argv: readonly string[]): Promise<number> {
  let invocation: Invocation | number | undefined;
  try {
    const jobs = await discoverJobs(path.join(__dirname, "jobs"));
    invocation = await parseCommandLine(jobs, argv);
    if (typeof invocation === "number") return invocation;
    return await runJob(invocation, await compose(invocation, jobs));
  } catch (error) {
    const json = typeof invocation === "object" && invocation.globals.json;
    report(error, json);
    if (error instanceof OpsError) return error.code;
    if (error instanceof DeclarationError) return EXIT.config.code;
    return EXIT.internal.code;
  }
}

function report(error: unknown, json: boolean): void {
  const known = error instanceof OpsError;
  const lines = known
    ? [
        `error: ${error.message}`,
        ...(error.expected ? [`expected: ${error.expected}`] : []),
        ...(error.todo ? [`to do: ${error.todo}`] : []),
      ]
    : error instanceof DeclarationError
      ? [error.message]
      : [`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
  process.stderr.write(`${lines.join("\n")}\n`);
  if (process.env.GITHUB_ACTIONS === "true" && !json) process.stdout.write(`${annotation(lines)}\n`);
  if (json) {
    const code = known ? error.exit : error instanceof DeclarationError ? "config" : "internal";
    process.stdout.write(`${JSON.stringify({ type: "error", code, lines })}\n`);
  }
}

/** A workflow command is one line; its newlines and percent signs are escaped as GitHub documents. */
function annotation(lines: readonly string[]): string {
  const text = lines.join("\n").replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  return `::error title=ops::${text}`;
}
