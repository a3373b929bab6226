// The lines that stay: a phase's start and end, a finding, a check. One wording for terminals and for logs. Writes nothing.
import picocolors from "picocolors";
import type { Check } from "../../../core/evidence";
import { formatSeconds } from "../../../core/text/format";
import { SIGNS } from "../../../core/text/signs";
import { pad } from "../../../core/text/text";
import { achieved } from "./amount";
import type { Level, Phase } from "./display";

const NAME_COLUMNS = 24;

export interface Lines {
  start(phase: Phase): string;
  /** A phase named again, because the lines before were inside another. */
  heading(phase: Phase): string;
  end(phase: Phase, seconds: number, ok: boolean): string;
  note(phase: Phase, details: readonly string[]): string;
  say(level: Level, text: string, within: Phase | undefined): string;
  check(check: Check, within: Phase | undefined): string;
}

export function linesOf(color: boolean): Lines {
  const { bold, dim, green, red, yellow } = picocolors.createColors(color);
  const tones = { pass: green, fail: red, inconclusive: yellow, "not-applicable": dim };
  const levels: Record<Level, { sign: string; tone: (text: string) => string }> = {
    info: { sign: " ", tone: (text) => text },
    warn: { sign: "!", tone: yellow },
    error: { sign: "✗", tone: red },
  };
  return {
    start: (phase) => `${indent(phase)}${dim("→")} ${bold(phase.name)}`,
    heading: (phase) => dim(`${indent(phase)}· ${phase.name}`),
    end(phase, seconds, ok) {
      const sign = ok ? green(SIGNS.pass) : red(SIGNS.fail);
      const details = [formatSeconds(seconds), ...achieved(phase.amount, seconds)];
      return `${indent(phase)}${sign} ${pad(phase.name, NAME_COLUMNS)} ${details.join("  ")}`;
    },
    note: (phase, details) => `${indent(phase)}${dim("…")} ${dim([phase.name, ...details].join("  "))}`,
    say(level, text, within) {
      const { sign, tone } = levels[level];
      return `${inside(within)}${tone(`${sign} ${text}`)}`;
    },
    check(check, within) {
      const took = check.seconds === undefined ? "" : dim(`  ${formatSeconds(check.seconds)}`);
      const name = tones[check.verdict](`${SIGNS[check.verdict]} ${pad(check.name, NAME_COLUMNS)}`);
      return `${inside(within)}${name} ${check.detail}${took}`;
    },
  };
}

export function indent(phase: Phase): string {
  return "  ".repeat(phase.depth);
}

function inside(phase: Phase | undefined): string {
  return phase === undefined ? "" : "  ".repeat(phase.depth + 1);
}
