// Progress on a terminal: running phases live at the bottom of standard error, everything finished above them for good.
import { contextOfLines } from "./context";
import type { Display, Out, Phase } from "./display";
import { linesOf } from "./lines";
import { LiveRegion, type RegionOptions } from "./live-region";

export interface TtyOptions extends RegionOptions {
  stdout: Out;
}

export function ttyDisplay(options: TtyOptions): Display {
  const { stdout, color } = options;
  const lines = linesOf(color);
  const context = contextOfLines();
  const region = new LiveRegion(options);
  let closed = false;

  /** A line that stays, under the names of the phases it is in. */
  function settle(within: Phase | undefined, line: string): void {
    const above = [...context.enter(within).map(lines.heading), line];
    region.redraw(above.map((text) => `${text}\n`).join(""));
  }

  return {
    started(phase) {
      if (closed) return;
      region.running.add(phase);
      region.animate();
      region.redraw();
    },
    progressed: () => undefined,
    ended(phase, seconds, ok) {
      region.running.delete(phase);
      settle(phase.parent, lines.end(phase, seconds, ok));
      region.animate();
    },
    say: (level, text, within) => settle(within, lines.say(level, text, within)),
    check: (check, within) => settle(within, lines.check(check, within)),
    print(text) {
      region.erase();
      stdout.write(text.endsWith("\n") ? text : `${text}\n`);
      region.redraw();
    },
    close() {
      closed = true;
      region.running.clear();
      region.erase();
      region.rest();
    },
  };
}
