// The live region of a terminal: one line a running phase, at the bottom of standard error, drawn again and again.
// It is erased before anything else is written, so lines never mix.
import picocolors from "picocolors";
import { formatSeconds } from "../../../core/text/format";
import { clip } from "../../../core/text/text";
import { describe } from "./amount";
import type { Out, Phase } from "./display";
import { indent } from "./lines";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const FRAME_MS = 100;
const ESCAPE = String.fromCharCode(27);
const HIDE_CURSOR = `${ESCAPE}[?25l`;
const SHOW_CURSOR = `${ESCAPE}[?25h`;
const ERASE_BELOW = `\r${ESCAPE}[J`;

export interface RegionOptions {
  stderr: Out;
  color: boolean;
  now: () => number;
  /** Columns; default is the terminal's, else 80. */
  width?: number | undefined;
}

export class LiveRegion {
  readonly running = new Set<Phase>();
  private readonly colors: Pick<ReturnType<typeof picocolors.createColors>, "cyan" | "dim">;
  private drawn = 0;
  private frame = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: RegionOptions) {
    this.colors = picocolors.createColors(options.color);
  }

  erase(): void {
    this.options.stderr.write(this.erased());
  }

  /** @param above whole lines that stay */
  redraw(above = ""): void {
    this.options.stderr.write(this.erased() + above + this.live());
  }

  /** Moves while a phase runs, and rests when none does. */
  animate(): void {
    if (this.running.size === 0) this.rest();
    else if (this.timer === undefined) this.start();
  }

  private start(): void {
    this.options.stderr.write(HIDE_CURSOR);
    process.once("exit", this.restore);
    this.timer = setInterval(() => {
      this.frame++;
      this.redraw();
    }, FRAME_MS);
    this.timer.unref();
  }

  rest(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.options.stderr.write(SHOW_CURSOR);
    this.timer = undefined;
    process.off("exit", this.restore);
  }

  /** A killed program cannot tidy up, but one that exits for any other reason gives the cursor back. */
  private readonly restore = (): void => void this.options.stderr.write(this.erased() + SHOW_CURSOR);

  private erased(): string {
    const up = this.drawn > 1 ? `${ESCAPE}[${this.drawn - 1}A` : "";
    const sequence = this.drawn > 0 ? up + ERASE_BELOW : "";
    this.drawn = 0;
    return sequence;
  }

  private live(): string {
    const { stderr, width } = this.options;
    const columns = (width ?? stderr.columns ?? 80) - 1;
    const room = Math.max(1, (stderr.rows ?? 24) - 2);
    const all = inOrder(this.running).map((phase) => this.line(phase, columns));
    const more = this.colors.dim(`… ${all.length - room + 1} more`);
    const shown = all.length > room ? [...all.slice(0, room - 1), more] : all;
    this.drawn = shown.length;
    return shown.join("\n");
  }

  private line(phase: Phase, columns: number): string {
    const now = this.options.now();
    const elapsed = formatSeconds(Math.floor((now - phase.began) * 10) / 10);
    const details = [elapsed, ...(phase.amount ? describe(phase.amount, now) : []), phase.note];
    const text = `${phase.name}  ${details.filter((detail) => detail !== "").join("  ")}`;
    const lead = indent(phase);
    const frame = this.colors.cyan(FRAMES[this.frame % FRAMES.length] ?? FRAMES[0]);
    return `${lead}${frame} ${clip(text, columns - lead.length - 2)}`;
  }
}

/** Children under their parents, each in order of start. */
function inOrder(phases: ReadonlySet<Phase>, parent?: Phase): Phase[] {
  return [...phases]
    .filter((phase) => phase.parent === parent)
    .flatMap((phase) => [phase, ...inOrder(phases, phase)]);
}
