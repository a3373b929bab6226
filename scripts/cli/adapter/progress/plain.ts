// Progress as lines of a log: each phase's start and end, and no more than one line in ten seconds between. No control codes.
import { randomUUID } from "node:crypto";
import { describe } from "./amount";
import { contextOfLines } from "./context";
import type { Display, Out, Phase } from "./display";
import { linesOf } from "./lines";

/** A phase says how far it is at most this often, seconds. */
const EVERY_SECONDS = 10;

export interface PlainOptions {
  stdout: Out;
  stderr: Out;
  color: boolean;
  now: () => number;
}

export function plainDisplay({ stdout, stderr, color, now }: PlainOptions): Display {
  const lines = linesOf(color);
  const spoken = new Map<Phase, number>();
  const context = contextOfLines();
  const put = (within: Phase | undefined, line: string): void => {
    for (const heading of context.enter(within)) stderr.write(`${lines.heading(heading)}\n`);
    stderr.write(`${line}\n`);
  };
  return {
    started(phase) {
      spoken.set(phase, now());
      put(phase.parent, lines.start(phase));
      context.enter(phase);
    },
    progressed(phase) {
      if (now() - (spoken.get(phase) ?? 0) < EVERY_SECONDS) return;
      spoken.set(phase, now());
      const details = [...(phase.amount ? describe(phase.amount, now()) : []), phase.note];
      const known = details.filter((detail) => detail !== "");
      put(phase.parent, lines.note(phase, known));
    },
    ended(phase, seconds, ok) {
      spoken.delete(phase);
      put(phase.parent, lines.end(phase, seconds, ok));
    },
    say: (level, text, within) => put(within, lines.say(level, text, within)),
    check: (check, within) => put(within, lines.check(check, within)),
    print: (text) => void stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    close: () => undefined,
  };
}

/**
 * The same in a GitHub Actions log, all on standard output so that the order holds: a group for each phase that is in no
 * other (groups do not nest, so of phases at once only the first is one), annotations for warnings and failed checks.
 */
export function githubDisplay(options: PlainOptions): Display {
  const { stdout } = options;
  const plain = plainDisplay({ ...options, stderr: { write: (line) => stdout.write(inert(line)) } });
  const put = (command: string): void => void stdout.write(`${command}\n`);
  let group: Phase | undefined;
  return {
    ...plain,
    started(phase) {
      if (group === undefined && phase.depth === 0) {
        group = phase;
        put(`::group::${data(phase.name)}`);
      }
      plain.started(phase);
    },
    ended(phase, seconds, ok) {
      plain.ended(phase, seconds, ok);
      if (phase !== group) return;
      group = undefined;
      put("::endgroup::");
    },
    say(level, text, within) {
      if (level === "info") plain.say(level, text, within);
      else put(`::${level === "warn" ? "warning" : "error"}::${data(text)}`);
    },
    check(check, within) {
      plain.check(check, within);
      const title = property(`${check.name}: ${check.verdict}`);
      if (check.verdict === "fail") put(`::error title=${title}::${data(check.detail)}`);
      if (check.verdict === "inconclusive") put(`::warning title=${title}::${data(check.detail)}`);
    },
    print(text) {
      // A report may hold anything; between these two lines the runner obeys nothing.
      const token = randomUUID();
      put(`::stop-commands::${token}`);
      plain.print(text);
      put(`::${token}::`);
    },
    close() {
      if (group !== undefined) put("::endgroup::");
      group = undefined;
    },
  };
}

/** Escaping as in actions/toolkit, packages/core/src/command.ts. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** The runner obeys `::command` after white space, and the older `##[command]` anywhere in a line. */
function inert(text: string): string {
  return text.replaceAll("##[", "## [").replace(/^(\s*):(?=:)/gm, "$1: ");
}
