// "Did you mean …?" for a word that is not known.
import { createRequire } from "node:module";

const load = createRequire(__filename);

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. Loaded here only: it is asked about what is wrong. */
function distance(a: string, b: string): number {
  const compared = load("damerau-levenshtein") as typeof import("damerau-levenshtein");
  return compared(a.toLowerCase(), b.toLowerCase()).steps;
}

/** The candidate that the word was probably meant to be: at most one edit in three characters away, case ignored. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(word.length / 3));
  return candidates
    .map((candidate) => ({ candidate, edits: distance(word, candidate) }))
    .filter(({ edits }) => edits <= allowed)
    .sort((a, b) => a.edits - b.edits)[0]?.candidate;
}

/** `one of a, b, c; did you mean "b"?` */
export function oneOf(word: unknown, candidates: readonly string[]): string {
  return meant(candidates.length > 0 ? `one of ${candidates.join(", ")}` : "nothing", word, candidates);
}

/** What is expected, in words, and the candidate that was probably meant: `a branch or a tag; did you mean "main"?` */
export function meant(expected: string, word: unknown, candidates: readonly string[]): string {
  const near = typeof word === "string" ? nearest(word, candidates) : undefined;
  return near === undefined ? expected : `${expected}; did you mean "${near}"?`;
}
