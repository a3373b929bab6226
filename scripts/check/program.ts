// Where a property is written in a program: near the `new X(...)` that declared its resource. Pure text; parses no TypeScript.
// Finds what is written in the call itself; what comes from elsewhere stays at the call.
import type { Path, Place } from "../../policies/engine/subject";

/** A call longer than this is not searched, lines. */
const MAX_LINES = 200;

/** How far below a callback's first line its resource is looked for. */
const NEAR_LINES = 15;

/** @param source `stacks/components/bucket.ts:41` @param text of that file; absent = the line itself is the best we know */
export function placeInProgram(source: string, text: string | undefined, path: Path): Place | undefined {
  const match = /^(.+):(\d+)$/.exec(source);
  if (!match) return undefined;
  const file = match[1]!;
  const all = text?.split("\n") ?? [];
  const line = declaration(all, Number(match[2]));
  const lines = all.slice(line - 1, line - 1 + MAX_LINES);
  const call = lines.length > 0 ? callIn(lines.join("\n")) : "";
  let from = 0;
  let found = -1;
  for (const step of path) {
    if (typeof step === "number") continue;
    const at = propertyIn(call, step, from);
    if (at < 0) break;
    found = at;
    from = at + step.length;
  }
  const before = call.slice(0, Math.max(0, found));
  const down = before.split("\n").length - 1;
  return {
    file,
    line: line + down,
    column: found < 0 ? indentOf(lines[0] ?? "") : before.length - before.lastIndexOf("\n"),
  };
}

/** A resource made inside a callback is told of by the callback's first line; its own is the next one with `new`. */
function declaration(lines: readonly string[], line: number): number {
  const at = lines.slice(line - 1, line - 1 + NEAR_LINES).findIndex((text) => /\bnew\s|\bsuper\(/.test(text));
  return at > 0 ? line + at : line;
}

const indentOf = (line: string): number => /^\s*/.exec(line)![0].length + 1;

/** From the first parenthesis to the one that closes it; text and comments count as nothing. */
function callIn(text: string): string {
  let depth = 0;
  for (let at = text.search(/\bnew\b|\(/); at >= 0 && at < text.length; at++) {
    const character = text[at]!;
    if (character === '"' || character === "'" || character === "`") at = endOfText(text, at);
    else if (text.startsWith("//", at)) at = lineEnd(text, at);
    else if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) {
      depth--;
      if (depth <= 0) return text.slice(0, at + 1);
    }
  }
  return text;
}

function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === "\\" ? 2 : 1;
  return at;
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}

/** `name:`, `"name":`, or the shorthand `name,` / `name }`. */
function propertyIn(call: string, name: string, from: number): number {
  const word = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`(?<=[{,\\n]\\s*)(["']?)${word}\\1(?=\\s*:|\\s*[,}])`, "g");
  pattern.lastIndex = from;
  return pattern.exec(call)?.index ?? -1;
}
