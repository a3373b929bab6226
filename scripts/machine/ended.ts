// How a child process ended, in the shell's terms, and when its output did.
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** A daemon that a program left behind may hold its output open; nobody waits for that longer than this. */
const DRAIN_MILLISECONDS = 2_000;

/** The shell's conventions, for programs that could not be started at all. */
const NOT_STARTED: Readonly<Record<string, number>> = { ENOENT: 127, EACCES: 126 };

export interface End {
  /** 128 + n when signal n killed it; 126 or 127 when it could not be started. */
  exitCode: number;
  signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  error?: Error;
  /** Resolves when all its output has arrived, or 2 s later when a descendant still holds it open. */
  drained(): Promise<void>;
}

/** @param child launched just now: an end that came before this call is never seen */
export function ended(child: ChildProcess): Promise<End> {
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const drained = (): Promise<void> =>
    Promise.race([closed, sleep(DRAIN_MILLISECONDS, undefined, { ref: false })]);
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ exitCode: NOT_STARTED[error.code ?? ""] ?? 126, signal: null, error, drained }),
    );
    child.once("exit", (code, signal) =>
      resolve({ exitCode: code ?? 128 + (signal ? constants.signals[signal] : 0), signal, drained }),
    );
  });
}
