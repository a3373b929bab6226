// The one table renderer. Pure: it is told whether colour is wanted. Chinese characters take two columns.
import CliTable from "cli-table3";
import pc from "picocolors";
import { wrap } from "./text/text";

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

/** A table with a rule under its head and none between rows. */
export function renderTable({ head, rows, color, maxWidths = [] }: Table): string {
  const style = color ? { head: ["bold"], border: ["grey"] } : { head: [], border: [] };
  const fit = (cell: Cell, index: number): string => {
    const limit = maxWidths[index] ?? 0;
    const text = typeof cell === "string" ? cell : cell.text;
    const fitted = limit > 0 ? wrap(text, limit).join("\n") : text;
    return paint(typeof cell === "string" ? fitted : { ...cell, text: fitted }, color);
  };
  const table = new CliTable({ head: head.map(fit), style: { ...style, compact: true } });
  table.push(...rows.map((row) => row.map(fit)));
  return table.toString();
}
