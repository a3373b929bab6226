// What one run has for itself, whatever it operates: its end, its progress, its chance, its clean-up and what it says of itself.
import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { createProgress } from "./cli/adapter/progress";
import type { Globals, Invocation } from "./cli/command-line";
import type { Context } from "./context";
import { kebab } from "./core/arguments";
import type { Clock } from "./core/clock";
import { OpsError } from "./core/errors";
import type { Progress } from "./core/progress";
import type { Core, Terminal } from "./core/tools";
import { commitOf } from "./machine/git";
import type { Paths } from "./machine/paths";
import type { Host } from "./machine/port";

export interface Run {
  tools: Core & Terminal;
  /** What `tools.random` began with. */
  seed: number;
  /** Runs what was deferred, last first; failures are reported, never thrown. */
  cleanUp(): Promise<void>;
  close(): void;
}

export function startRun(clock: Clock, globals: Globals): Run {
  const seed = globals.seed ?? randomBytes(4).readUInt32BE();
  const color = globals.color && !process.env.NO_COLOR && process.stdout.isTTY === true;
  const { signal, stop } = interruptible();
  const progress = progressOf(clock, globals, color, signal);
  const deferred: Deferred[] = [];
  const tools: Core & Terminal = {
    clock,
    progress,
    random: seeded(seed),
    newId: () =>
      `${clock.now().toISOString().slice(0, 19).replace(/[-:]/g, "").toLowerCase()}-${randomBytes(3).toString("hex")}`,
    signal,
    defer: (name, cleanup) => deferred.push({ name, cleanup }),
    color,
    width: Math.min(process.stdout.columns ?? 100, 140),
  };
  return {
    tools,
    seed,
    cleanUp: () => cleanUp(deferred, progress),
    close() {
      stop();
      progress.close();
    },
  };
}

function progressOf(
  clock: Clock,
  { json, quiet }: Globals,
  color: boolean,
  signal: AbortSignal,
): ReturnType<typeof createProgress> {
  const interactive = process.stderr.isTTY === true && !process.env.CI;
  return createProgress({
    mode: json ? "json" : quiet ? "quiet" : interactive ? "tty" : "plain",
    stdout: process.stdout,
    stderr: process.stderr,
    color,
    now: () => clock.seconds(),
    github: process.env.GITHUB_ACTIONS === "true",
    signal,
  });
}

interface Deferred {
  name: string;
  cleanup: () => Promise<void>;
}

async function cleanUp(deferred: Deferred[], progress: Progress): Promise<void> {
  for (const { name, cleanup } of deferred.splice(0).reverse()) {
    await cleanup().catch((error: unknown) => {
      progress.say("error", `${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}

/** Aborts on the first SIGINT or SIGTERM, so that clean-up can run; the second one ends the process at once. */
function interruptible(): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  // Every session listens to it, and a rehearsal has dozens.
  setMaxListeners(0, controller.signal);
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new OpsError("interrupted", "interrupted"));
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, onSignal);
  return { signal: controller.signal, stop: () => process.off("SIGINT", onSignal).off("SIGTERM", onSignal) };
}

/** What every evidence of this run names: commit, versions, seed and command. */
export async function inputsOf(
  host: Host,
  paths: Paths,
  seed: number,
  { job, command, subcommand, args }: Pick<Invocation<Context>, "job" | "command" | "subcommand" | "args">,
): Promise<Record<string, string>> {
  const first = async (program: string, option: string): Promise<string> =>
    (await host.run(await host.program(program), [option])).stdout.trim().split("\n")[0] ?? "";
  // Earlier evidence names a subcommand as the argument that it was: readers compare.
  const given = [["action", subcommand], ...Object.entries(args)].filter(
    ([, value]) => value !== undefined && value !== false && shown(value) !== "",
  );
  return {
    git: await commitOf(paths.root),
    node: process.version,
    postgres: await first("postgres", "--version"),
    pgbackrest: await first("pgbackrest", "version"),
    seed: String(seed),
    command: [
      `ops ${job.name}`,
      ...given.map(([name, value]) => {
        const hidden = command.arguments[String(name)]?.personal === true;
        return `--${kebab(String(name))} ${hidden ? "***" : shown(value)}`;
      }),
    ].join(" "),
  };
}

/** Of pairs the names alone: a value that was given to a query may be personal. */
const shown = (value: unknown): string =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.keys(value).join(",")
    : String(value);

/** mulberry32, Tommy Ettinger's public-domain generator: 32 bits of state are plenty for choosing what to restore test. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
