// The languages that a drill report can be read in.
import type { Language, Words } from "./words";
import { en } from "./words-en";
import { zh } from "./words-zh";

export const WORDS: Record<Language, Words> = { en, zh };
