// Reads JSON texts and finds, when asked, where a value of theirs stands.
import { createRequire } from "node:module";
import type { Node, ParseError } from "jsonc-parser";
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
  let root: Node | undefined;
  const at = (path: Path): Place => {
    root ??= parser().parseTree(withoutMark(text));
    return source.place(locate(root, path));
  };
  const refuse = (problem: Problem): JsonText => ({ value: undefined, problems: [problem], at });
  const large = tooLarge(source);
  if (large) return refuse(large);
  const deep = tooDeep(source);
  if (deep) return refuse(deep);
  try {
    return { value: JSON.parse(withoutMark(text)) as unknown, problems: [], at };
  } catch (error) {
    const errors: ParseError[] = [];
    parser().parse(withoutMark(text), errors, { disallowComments: true });
    const message =
      error instanceof Error ? error.message.replace(/ in JSON at position.*$/, "") : String(error);
    return refuse(source.problem(errors[0]?.offset ?? 0, message, "valid JSON"));
  }
}

/** Loaded when a place is asked for: most texts are right, and most places are never shown. */
const parser = () => createRequire(__filename)("jsonc-parser") as typeof import("jsonc-parser");

/** A byte order mark is no JSON; a space in its place keeps all offsets. */
const withoutMark = (text: string): string => text.replace(/^\uFEFF/, " ");

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

/** @param root undefined for what is no JSON at all */
function locate(root: Node | undefined, path: Path): number {
  let node = root;
  for (const step of path) {
    const child = childOf(node, step);
    if (!child) break;
    node = child;
  }
  return node?.offset ?? 0;
}

function childOf(node: Node | undefined, step: string | number): Node | undefined {
  if (node?.type === "array") return node.children?.[Number(step)];
  // Of two members of one name the later counts, as for JSON.parse.
  return node?.children?.findLast(({ children: [name] = [] }) => name?.value === String(step))?.children?.[1];
}
