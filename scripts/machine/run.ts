// Runs a program to its end: output kept within bounds, lines reported as they come, time limits enforced. Judges nothing.
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { ended } from "./ended";
import { groupLives } from "./identity";
import { launch, signalGroup } from "./launch";
import type { RunOptions, RunResult } from "./port";
import { guard } from "./watchdog";

/** The last so many characters of each stream are kept; a restore that lists every file may print much more. */
const KEPT_CHARACTERS = 8 * 1024 * 1024;

/** Of a longer line only the end is reported: progress is read from lines, and no line of progress is longer. */
const LINE_CHARACTERS = 64 * 1024;

/** Time between SIGTERM and SIGKILL of the whole process group. */
const GRACE_MILLISECONDS = 5_000;

/**
 * Never throws on how the program ends. A program that does not exist exits 127; one killed by signal n has 128 + n.
 * When time is up or `signal` is aborted, the program and its children get SIGTERM, and SIGKILL 5 s later.
 * @throws OpsError missing when `options.user` does not exist; whatever `options.onLine` throws, once the program is gone
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  if (options.signal?.aborted) return notStarted(128 + constants.signals.SIGTERM, "not started: interrupted");
  const { user, env, cwd, input } = options;
  const stdin = input === undefined ? "ignore" : "pipe";
  const child = await launch(program, args, { user, env, cwd, stdio: [stdin, "pipe", "pipe"] });
  const end = ended(child);
  const release = guard(child.pid);

  let stopped: Promise<void> | undefined;
  const stop = (): void => {
    stopped ??= stopGroup(child.pid);
  };
  let timedOut = false;
  const timeUp = (): void => {
    timedOut = true;
    stop();
  };
  const refusals: unknown[] = [];
  const report =
    (name: "stdout" | "stderr") =>
    (line: string): void => {
      try {
        options.onLine?.(line, name);
      } catch (error) {
        refusals.push(error);
        stop();
      }
    };
  const { onBytes, keptCharacters: kept = KEPT_CHARACTERS } = options;
  if (onBytes) child.stdout?.on("data", onBytes);
  const stdout = onBytes ? () => "" : capture(child.stdout, kept, report("stdout"));
  const stderr = capture(child.stderr, kept, report("stderr"));
  // A program may end without reading its input; that is its own affair.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  const timer =
    options.timeoutSeconds === undefined ? undefined : setTimeout(timeUp, options.timeoutSeconds * 1000);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    const { exitCode, signal, error, drained } = await end;
    if (error) return notStarted(exitCode, error.message);
    await stopped;
    // Somebody killed the program: its workers would wait for it.
    if (signal !== null && child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
    await drained();
    if (refusals.length > 0) throw refusals[0];
    return { exitCode, signal, stdout: stdout(), stderr: stderr(), timedOut };
  } finally {
    release();
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", stop);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function notStarted(exitCode: number, reason: string): RunResult {
  return { exitCode, signal: null, stdout: "", stderr: reason, timedOut: false };
}

/** Ends a launched program together with its children; resolves when they are gone. */
export async function stopGroup(
  pid: number | undefined,
  graceMilliseconds = GRACE_MILLISECONDS,
): Promise<void> {
  if (pid === undefined) return;
  signalGroup(pid, "SIGTERM");
  if (await groupGone(pid, graceMilliseconds)) return;
  signalGroup(pid, "SIGKILL");
  await groupGone(pid, GRACE_MILLISECONDS);
}

async function groupGone(pid: number, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (await groupLives(pid)) {
    if (performance.now() >= deadline) return false;
    await sleep(20);
  }
  return true;
}

/** Collects a stream's text and reports its complete lines. @returns the text so far */
function capture(stream: ChildProcess["stdout"], kept: number, onLine: (line: string) => void): () => string {
  const decoder = new StringDecoder("utf8");
  let text = "";
  let rest = "";
  stream?.on("data", (chunk: Buffer) => {
    const part = decoder.write(chunk);
    text += part;
    // Cut only now and then: cutting at every chunk would copy the whole text each time.
    if (text.length > 2 * kept) text = text.slice(-kept);
    const lines = (rest + part).split("\n");
    rest = (lines.pop() ?? "").slice(-LINE_CHARACTERS);
    for (const line of lines) onLine(line);
  });
  stream?.on("end", () => {
    if (rest !== "") onLine(rest);
  });
  return () => text.slice(-kept);
}
