// Text on its way to a screen or a page: made harmless, measured in columns, cut and wrapped.
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

/**
 * Foreign text made safe to show: control characters (terminal escapes), bidirectional overrides and unpaired surrogates
 * become `�`; line breaks and tabs become single spaces. Names of tables and messages of servers may hold any of them.
 */
export function printable(text: string): string {
  return text.replace(/\s*[\r\n\t\u2028\u2029]\s*/g, " ").replace(UNPRINTABLE, "�");
}

const UNPRINTABLE = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

/** Columns that the text takes on a terminal; East Asian wide characters and emoji take two, colours none. */
export const columnsOf = (text: string): number => stringWidth(text);

/** Uncoloured text cut to so many columns, ending in `…` when something was cut. */
export function clip(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = "";
  let used = 1;
  for (const character of text) {
    used += columnsOf(character);
    if (used > columns) break;
    kept += character;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** Text followed by spaces up to so many columns. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

/** Lines of at most so many columns, broken at spaces, and inside words (or Chinese) that are longer than a line. */
export const wrap = (text: string, columns: number): string[] =>
  wrapAnsi(text, columns, { hard: true }).split("\n");
