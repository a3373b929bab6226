// The Subjects port: files of this checkout and of other commits, and a memory of earlier results below .ops/.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { loadStandards } from "../../../policies/standards/load";
import { OpsError } from "../../core/errors";
import { checkOutCommit, resolveCommit } from "../../machine/checkout";
import { makeDirectories } from "../../machine/directories";
import { commitOf } from "../../machine/git";
import type { Host } from "../../machine/port";
import type { SourceTree, Subjects } from "../port";
import { readText, treeAt, walk } from "./tree";

/** Results kept; the oldest go first. */
const KEPT = 20;

/** @param from directory that a person's paths are relative to */
export function createSubjects(host: Host, root: string, memory: string, from: string): Subjects {
  let own: SourceTree | undefined;
  return {
    commit: () => commitOf(root),
    async tree(ref) {
      own ??= treeAt(root);
      if (ref === undefined) return own;
      const commit = await resolveCommit(host, root, ref);
      return treeAt(await checkOutCommit(host, root, commit), commit);
    },
    locate(named) {
      const full = path.resolve(from, named);
      if (!existsSync(full))
        throw new OpsError("usage", `there is no ${named}`, { expected: "a file or folder to check" });
      const inside = full === root || full.startsWith(root + path.sep);
      const shown = (file: string): string =>
        inside ? path.relative(root, file).split(path.sep).join("/") : file;
      if (!statSync(full).isDirectory()) return { path: shown(full), inside, files: [shown(full)] };
      const files = inside && full === root ? [] : walk(full, "").map((file) => shown(path.join(full, file)));
      return { path: shown(full), inside, files: files.sort() };
    },
    read: (file) => readText(path.resolve(root, file)),
    recall(key) {
      const file = path.join(memory, `${key}.json`);
      try {
        return readFileSync(file, "utf8");
      } catch {
        return undefined;
      }
    },
    keep(key, text) {
      try {
        makeDirectories(memory);
        const file = path.join(memory, `${key}.json`);
        writeFileSync(`${file}.${process.pid}`, text);
        renameSync(`${file}.${process.pid}`, file);
        forget(memory);
      } catch {
        // A read-only checkout has no memory and checks everything each time.
      }
    },
    standards: () => loadStandards(root),
  };
}

function forget(memory: string): void {
  const age = (file: string): number => statSync(path.join(memory, file)).mtimeMs;
  const files = readdirSync(memory).sort((a, b) => age(b) - age(a));
  for (const file of files.slice(KEPT)) rmSync(path.join(memory, file), { force: true });
}
