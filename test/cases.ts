// Inputs from outside this repository that must be judged rightly. They are run as they are; only the paths in them, which stand
// for the reader's own, and names of files that have moved since are replaced. Where they are absent, their tests are skipped.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Beside the repository. */
const CASES = path.resolve(__dirname, "../../shared/cases");

export const casesAreHere = existsSync(CASES);

/** Every input of a folder, as `folder/name`. */
export function casesOf(folder: string): string[] {
  return casesAreHere ? readdirSync(path.join(CASES, folder)).map((name) => `${folder}/${name}`) : [];
}

/** @param own what a path, or a name, of the input is here */
export function caseText(name: string, own: Readonly<Record<string, string>>): string {
  const text = readFileSync(path.join(CASES, name), "utf8");
  return Object.entries(own).reduce((all, [theirs, ours]) => all.replaceAll(theirs, ours), text);
}
