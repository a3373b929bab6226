// Reads JSON texts and finds, when asked, where a value of theirs stands. Knows no format and touches no file.
import { type Source, sourceOf, tooLarge } from "./source";
import type { Path, Place } from "./subject";
import type { Problem } from "./yaml";

export interface JsonText {
  /** Undefined when there are problems. */
  value: unknown;
  problems: Problem[];
  /** Where a value stands; where nothing stands, its nearest parent. */
  at(path: Path): Place;
}

/** Deeper texts are refused: whoever walks the value must not run out of stack. */
const MAX_DEPTH = 200;

/** Never throws for what is wrong in the text. */
export function readJson(file: string, text: string): JsonText {
  const source = sourceOf(file, text);
  const at = (path: Path): Place => source.place(locate(text, path));
  const refuse = (problem: Problem): JsonText => ({ value: undefined, problems: [problem], at });
  const large = tooLarge(source);
  if (large) return refuse(large);
  const deep = tooDeep(source);
  if (deep) return refuse(deep);
  try {
    return { value: JSON.parse(text.replace(/^\uFEFF/, "")) as unknown, problems: [], at };
  } catch (error) {
    const { message } = error as SyntaxError;
    const offset = Number(
      /at position (\d+)/.exec(message)?.[1] ?? (/end of/.test(message) ? text.length : 0),
    );
    return refuse(source.problem(offset, message.replace(/ in JSON at position.*$/, ""), "valid JSON"));
  }
}

function tooDeep(source: Source): Problem | undefined {
  let depth = 0;
  for (let offset = 0; offset < source.text.length; offset++) {
    const character = source.text[offset];
    if (character === '"') offset = endOfString(source.text, offset) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    if (depth > MAX_DEPTH) return source.problem(offset, "nested too deeply", `at most ${MAX_DEPTH} levels`);
  }
  return undefined;
}

/** Offset behind the closing quote of the string that begins here. */
function endOfString(text: string, start: number): number {
  let offset = start + 1;
  while (offset < text.length && text[offset] !== '"') offset += text[offset] === "\\" ? 2 : 1;
  return offset + 1;
}

function skipSpace(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && " \t\r\n\uFEFF".includes(text[at]!)) at++;
  return at;
}

/** Offset behind the value that begins here. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let offset = start;
  do {
    const character = text[offset];
    if (character === '"') offset = endOfString(text, offset) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (depth === 0) {
      while (offset + 1 < text.length && !",]} \t\r\n".includes(text[offset + 1]!)) offset++;
    }
    offset++;
  } while (depth > 0 && offset < text.length);
  return offset;
}

/** Walks only what stands before the value; the text is known to be valid. */
function locate(text: string, path: Path): number {
  let best = skipSpace(text, 0);
  for (const step of path) {
    const child = text[best] === "{" ? member(text, best, String(step)) : item(text, best, Number(step));
    if (child === undefined) return best;
    best = child;
  }
  return best;
}

function member(text: string, start: number, name: string): number | undefined {
  let found: number | undefined;
  let offset = skipSpace(text, start + 1);
  while (text[offset] === '"') {
    const end = endOfString(text, offset);
    const value = skipSpace(text, skipSpace(text, end) + 1);
    // Of two members of one name the later counts, as for JSON.parse.
    if (text.slice(offset, end) === JSON.stringify(name)) found = value;
    offset = skipSpace(text, endOfValue(text, value));
    if (text[offset] !== ",") break;
    offset = skipSpace(text, offset + 1);
  }
  return found;
}

function item(text: string, start: number, index: number): number | undefined {
  if (text[start] !== "[") return undefined;
  let offset = skipSpace(text, start + 1);
  for (let at = 0; offset < text.length && text[offset] !== "]"; at++) {
    if (at === index) return offset;
    offset = skipSpace(text, endOfValue(text, offset));
    if (text[offset] !== ",") break;
    offset = skipSpace(text, offset + 1);
  }
  return undefined;
}
