// Progress on a terminal: running phases live at the bottom of standard error, everything finished above them for good.
// The live region is erased before anything else is written and drawn again after, so lines never mix.
import picocolors from "picocolors";
import { formatSeconds } from "../../../core/text/format";
import { clip } from "../../../core/text/text";
import { describe } from "./amount";
import { contextOfLines } from "./context";
import type { Display, Out, Phase } from "./display";
import { indent, linesOf } from "./lines";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const FRAME_MS = 100;
const ESCAPE = String.fromCharCode(27);
const HIDE_CURSOR = `${ESCAPE}[?25l`;
const SHOW_CURSOR = `${ESCAPE}[?25h`;
const ERASE_BELOW = `\r${ESCAPE}[J`;

export interface TtyOptions {
  stdout: Out;
  stderr: Out;
  color: boolean;
  now: () => number;
  /** Columns; default is the terminal's, else 80. */
  width?: number | undefined;
}

export function ttyDisplay({ stdout, stderr, color, now, width }: TtyOptions): Display {
  const lines = linesOf(color);
  const { cyan, dim } = picocolors.createColors(color);
  const running = new Set<Phase>();
  const context = contextOfLines();
  let drawn = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  // A killed program cannot tidy up, but one that exits for any other reason gives the cursor back.
  const restore = (): void => void stderr.write(erased() + SHOW_CURSOR);

  function erased(): string {
    const up = drawn > 1 ? `${ESCAPE}[${drawn - 1}A` : "";
    const sequence = drawn > 0 ? up + ERASE_BELOW : "";
    drawn = 0;
    return sequence;
  }

  function live(): string {
    const columns = (width ?? stderr.columns ?? 80) - 1;
    const room = Math.max(1, (stderr.rows ?? 24) - 2);
    const all = inOrder(running).map((phase) => liveLine(phase, columns));
    const shown =
      all.length > room ? [...all.slice(0, room - 1), dim(`… ${all.length - room + 1} more`)] : all;
    drawn = shown.length;
    return shown.join("\n");
  }

  function liveLine(phase: Phase, columns: number): string {
    const elapsed = formatSeconds(Math.floor((now() - phase.began) * 10) / 10);
    const details = [elapsed, ...(phase.amount ? describe(phase.amount, now()) : []), phase.note];
    const text = `${phase.name}  ${details.filter((detail) => detail !== "").join("  ")}`;
    const lead = indent(phase);
    return `${lead}${cyan(FRAMES[frame % FRAMES.length] ?? FRAMES[0])} ${clip(text, columns - lead.length - 2)}`;
  }

  function redraw(above = ""): void {
    stderr.write(erased() + above + live());
  }

  /** A line that stays, under the names of the phases it is in. */
  function settle(within: Phase | undefined, line: string): void {
    const above = [...context.enter(within).map(lines.heading), line];
    redraw(above.map((text) => `${text}\n`).join(""));
  }

  function animate(): void {
    if (running.size > 0 && timer === undefined) {
      stderr.write(HIDE_CURSOR);
      process.once("exit", restore);
      timer = setInterval(() => {
        frame++;
        redraw();
      }, FRAME_MS);
      timer.unref();
    } else if (running.size === 0) rest();
  }

  function rest(): void {
    if (timer === undefined) return;
    clearInterval(timer);
    stderr.write(SHOW_CURSOR);
    timer = undefined;
    process.off("exit", restore);
  }

  return {
    started(phase) {
      if (closed) return;
      running.add(phase);
      animate();
      redraw();
    },
    progressed: () => undefined,
    ended(phase, seconds, ok) {
      running.delete(phase);
      settle(phase.parent, lines.end(phase, seconds, ok));
      animate();
    },
    say: (level, text, within) => settle(within, lines.say(level, text, within)),
    check: (check, within) => settle(within, lines.check(check, within)),
    print(text) {
      stderr.write(erased());
      stdout.write(text.endsWith("\n") ? text : `${text}\n`);
      redraw();
    },
    close() {
      closed = true;
      running.clear();
      stderr.write(erased());
      rest();
    },
  };
}

/** Children under their parents, each in order of start. */
function inOrder(phases: ReadonlySet<Phase>, parent?: Phase): Phase[] {
  return [...phases]
    .filter((phase) => phase.parent === parent)
    .flatMap((phase) => [phase, ...inOrder(phases, phase)]);
}
