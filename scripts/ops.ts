// The `ops` command: discovers the jobs, parses the line, wires the context and is the only error boundary.
import { readFileSync } from "node:fs";
import path from "node:path";
import { DeclarationError } from "../policies/engine/declaration";
import { discoverJobs, findJob } from "./cli/adapter/registry";
import { type Invocation, parseCommandLine } from "./cli/command-line";
import { actedOn } from "./cli/outcome";
import type { Context } from "./context";
import { EXIT, OpsError } from "./core/errors";
import type { Job } from "./core/job";
import { createNames } from "./names";

const ROOT = path.resolve(__dirname, "..");

/** @param argv without node and script */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough, such as `head`, is no failure of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.stderr.write(`error: standard output cannot be written: ${error.message}\n`);
    process.exit(EXIT.space.code);
  });
  process.exitCode = await guarded(argv);
}

async function guarded(argv: readonly string[]): Promise<number> {
  let invocation: Invocation<Context> | number | undefined;
  let context: Context | undefined;
  try {
    const directory = path.join(__dirname, "jobs");
    const jobs = (): Promise<Job<Context>[]> => discoverJobs(directory);
    const names = createNames(ROOT);
    const named = await findJob<Context>(directory, argv[0] === "help" ? argv[1] : argv[0]);
    invocation = await parseCommandLine(named ? [named] : await jobs(), argv, { names, version: version() });
    if (typeof invocation === "number") return invocation;
    // Only now: help and a slip of the keyboard need no adapter.
    const [{ compose }, { runJob }] = await Promise.all([import("./compose.js"), import("./cli/runner.js")]);
    const composition = await compose(invocation, jobs, names);
    context = composition.context;
    return await runJob(invocation, composition);
  } catch (error) {
    const started = typeof invocation === "object" ? invocation : undefined;
    const json = started?.globals.json ?? argv.includes("--json");
    const where = started && context && { environment: context.environment, platform: context.platformName };
    report(error, json, where, started && context ? actedOn(started.command, context, "Failed") : []);
    if (error instanceof OpsError) return error.code;
    if (error instanceof DeclarationError) return EXIT.config.code;
    return EXIT.internal.code;
  }
}

function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
  return manifest.version;
}

/** @param where for machines, @param last lines for people, once it is known what is acted on */
function report(
  error: unknown,
  json: boolean,
  where: { environment: string; platform: string } | undefined,
  last: readonly string[],
): void {
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
  process.stderr.write(`${[...lines, ...last].join("\n")}\n`);
  if (process.env.GITHUB_ACTIONS === "true" && !json) process.stdout.write(`${annotation(lines)}\n`);
  if (json) {
    const code = known ? error.exit : error instanceof DeclarationError ? "config" : "internal";
    process.stdout.write(`${JSON.stringify({ type: "error", code, lines, ...where })}\n`);
  }
}

/** A workflow command is one line; its newlines and percent signs are escaped as GitHub documents. */
function annotation(lines: readonly string[]): string {
  const text = lines.join("\n").replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  return `::error title=ops::${text}`;
}
