// The Progress port: keeps track of phases, also of many at once, and tells one display.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Check } from "../../../core/evidence";
import type { PhaseProgress, Progress } from "../../../core/progress";
import { printable } from "../../../core/text/text";
import type { Display, Out, Phase } from "./display";
import { jsonDisplay } from "./json";
import { githubDisplay, plainDisplay } from "./plain";
import { quietDisplay } from "./quiet";
import { ttyDisplay } from "./tty";

export interface ProgressOptions {
  /**
   * `tty` redraws, `plain` writes log lines, `json` writes NDJSON (schema: `ProgressEvent`), `quiet` writes only
   * warnings, errors, checks that did not pass, and what is printed at the end.
   */
  mode: Mode;
  stdout: Out;
  stderr: Out;
  /** Whether colour is wanted; the caller has looked at NO_COLOR. */
  color: boolean;
  /** Monotonic seconds. */
  now: () => number;
  /** Columns of the terminal; default is what `stderr` says, else 80. */
  width?: number;
  /** In GitHub Actions: groups and annotations. Changes `plain` only; the other modes have no reader there. */
  github?: boolean;
  /** Once it is aborted no phase begins, and none ends well: a job stops at the next edge of a phase. */
  signal?: AbortSignal;
}

export type Mode = "tty" | "plain" | "json" | "quiet";

const DISPLAYS: Record<Mode, (options: ProgressOptions) => Display> = {
  tty: ttyDisplay,
  plain: (options) => (options.github ? githubDisplay(options) : plainDisplay(options)),
  json: jsonDisplay,
  quiet: quietDisplay,
};

/** `close` gives the terminal back; it may be called twice, and nothing is drawn live after it. */
export function createProgress(options: ProgressOptions): Progress & { close(): void } {
  const display = DISPLAYS[options.mode](options);
  const current = new AsyncLocalStorage<Phase>();
  let count = 0;

  function open(name: string): Phase {
    const parent = current.getStore();
    const depth = parent ? parent.depth + 1 : 0;
    return {
      id: ++count,
      name: printable(name),
      parent,
      depth,
      began: options.now(),
      amount: undefined,
      note: "",
    };
  }

  /** Late reports of a phase that has ended are dropped. */
  function reporter(phase: Phase, ended: () => boolean): PhaseProgress {
    return {
      update(done, total, unit) {
        if (ended()) return;
        const now = options.now();
        const first = phase.amount ?? { since: now, initially: done, unit: "B" };
        phase.amount = { ...first, unit: printable(unit ?? first.unit), done, total };
        display.progressed(phase);
      },
      note(text) {
        if (ended()) return;
        phase.note = printable(text);
        display.progressed(phase);
      },
    };
  }

  return {
    async phase(name, body) {
      options.signal?.throwIfAborted();
      const phase = open(name);
      display.started(phase);
      let ok = false;
      let ended = false;
      try {
        const result = await current.run(phase, () => body(reporter(phase, () => ended)));
        options.signal?.throwIfAborted();
        ok = true;
        return result;
      } finally {
        ended = true;
        display.ended(phase, options.now() - phase.began, ok);
      }
    },
    say: (level, text) => display.say(level, printable(text), current.getStore()),
    check: (check) => display.check(shown(check), current.getStore()),
    print: (text) => display.print(text),
    close: () => display.close(),
  };
}

function shown(check: Check): Check {
  return { ...check, name: printable(check.name), detail: printable(check.detail) };
}
