// A text that people edit: offsets to lines and columns, and how large it may be.
import type { Place } from "./subject";
import type { Problem } from "./yaml";

/** Larger texts are refused before anybody parses them. Far above any manifest or state of ours; bytes of UTF-16 halved. */
export const MAX_CHARACTERS = 16 * 1024 * 1024;

export interface Source {
  readonly file: string;
  readonly text: string;
  /** Offset in UTF-16 units to line and column, both from 1. */
  place(offset: number): Place;
  problem(offset: number, message: string, expected?: string): Problem;
}

export function sourceOf(file: string, text: string): Source {
  let starts: number[] | undefined;
  const place = (offset: number): Place => {
    starts ??= lineStarts(text);
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { file, line: low + 1, column: Math.max(0, offset - starts[low]!) + 1 };
  };
  return {
    file,
    text,
    place,
    problem: (offset, message, expected) => ({
      ...place(offset),
      message,
      ...(expected === undefined ? {} : { expected }),
    }),
  };
}

/** Why the text must not even be parsed. */
export function tooLarge(source: Source): Problem | undefined {
  const { length } = source.text;
  if (length <= MAX_CHARACTERS) return undefined;
  const millions = (count: number): string => `${(count / 1024 / 1024).toFixed(0)} Mi`;
  const message = `${millions(length)} characters`;
  // Not `source.problem`: to find a place it would look for every line of a text that nobody wants to read.
  return { file: source.file, line: 1, column: 1, message, expected: `at most ${millions(MAX_CHARACTERS)}` };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  // A byte order mark takes no column of its own.
  if (text.startsWith("\uFEFF")) starts[0] = 1;
  return starts;
}
