// The one table renderer. Pure: it is told whether colour is wanted. Chinese characters take two columns.
import CliTable from "cli-table3";
import pc from "picocolors";

export type Tone = "good" | "warn" | "bad" | "dim";

/** Text, or text with a meaning that may be shown by colour. Colour never says what the text does not. */
export type Cell = string | { text: string; tone: Tone };

export interface Table {
  head: readonly string[];
  rows: readonly (readonly Cell[])[];
  color: boolean;
  /** Widest columns in characters; longer text wraps at spaces. 0 = as wide as its text. */
  maxWidths?: readonly number[];
}

const PAINT: Readonly<
  Record<Tone, (colors: ReturnType<typeof pc.createColors>) => (text: string) => string>
> = {
  good: (colors) => colors.green,
  warn: (colors) => colors.yellow,
  bad: (colors) => colors.red,
  dim: (colors) => colors.dim,
};

/** The text, coloured by its meaning when `color`. */
export function paint(cell: Cell, color: boolean): string {
  return typeof cell === "string" ? cell : PAINT[cell.tone](pc.createColors(color))(cell.text);
}

const WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6";
const WIDE_CHARACTER = new RegExp(`[${WIDE}]`);
/** What must not be broken: one Chinese character, or a word; each with the spaces after it. */
const PIECE = new RegExp(`[${WIDE}]\\s*|[^\\s${WIDE}]+\\s*|\\s+`, "g");

/** Columns that a text takes on a terminal: full-width characters take two. */
export function columns(text: string): number {
  return [...text].reduce((sum, character) => sum + (WIDE_CHARACTER.test(character) ? 2 : 1), 0);
}

function chunks(word: string, limit: number): string[] {
  return columns(word.trimEnd()) <= limit ? [word] : (word.match(new RegExp(`.{1,${limit}}`, "gsu")) ?? []);
}

/** Breaks at spaces and between Chinese characters; a single word longer than the limit is cut. */
function wrap(text: string, limit: number): string {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    let current = "";
    for (const piece of (line.match(PIECE) ?? []).flatMap((word) => chunks(word, limit))) {
      if (current !== "" && columns((current + piece).trimEnd()) > limit) {
        lines.push(current.trimEnd());
        current = "";
      }
      current += piece;
    }
    lines.push(current.trimEnd());
  }
  return lines.join("\n");
}

/** A table with a rule under its head and none between rows. */
export function renderTable({ head, rows, color, maxWidths = [] }: Table): string {
  const style = color ? { head: ["bold"], border: ["grey"] } : { head: [], border: [] };
  const fit = (cell: Cell, index: number): string => {
    const limit = maxWidths[index] ?? 0;
    const text = typeof cell === "string" ? cell : cell.text;
    const fitted = limit > 0 ? wrap(text, limit) : text;
    return paint(typeof cell === "string" ? fitted : { ...cell, text: fitted }, color);
  };
  const table = new CliTable({ head: head.map(fit), style: { ...style, compact: true } });
  table.push(...rows.map((row) => row.map(fit)));
  return table.toString();
}
