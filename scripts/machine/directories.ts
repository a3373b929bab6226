// Makes directories. Not by Node's own `recursive`: below /proc, where nothing can be made, that never ends, and of a read-only
// file system it says ENOENT (measured on Node 20.20).
import { mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { codeOf } from "../core/errors";

/**
 * As `mkdir -p`: nothing happens to what is there.
 * @param mode of what is made, before the umask
 * @returns the directories that were made, outermost first
 * @throws the error of the operating system, about the first directory that cannot be made
 */
export function makeDirectories(place: string, mode = 0o777): string[] {
  try {
    mkdirSync(place, { mode });
    return [place];
  } catch (error) {
    if (isDirectory(place)) return [];
    const parent = path.dirname(place);
    if (codeOf(error) !== "ENOENT" || isDirectory(parent)) throw error;
    return [...makeDirectories(parent, mode), ...makeDirectories(place, mode)];
  }
}

function isDirectory(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}
