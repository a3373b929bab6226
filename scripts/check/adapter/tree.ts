// One tree of files: this checkout, or another commit's below .ops/. Reads text strictly and hashes what it is told to.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { TextDecoder } from "node:util";
import type { SourceTree } from "../port";

/** Where subjects, programs and rules live (DESIGN, "Rooms"). */
const ROOMS = ["stacks", "k8s", "scripts", "policies", "runbooks", ".github", "test"];
const ALSO = ["package.json", "package-lock.json", "Pulumi.yaml"];

/** UTF-16 text of this size is at most half as many characters as a reader takes; larger files are not even opened. */
const MAX_BYTES = 32 * 1024 * 1024;

export function treeAt(root: string, commit?: string): SourceTree {
  let files: string[] | undefined;
  const list = (): string[] =>
    (files ??= [...ROOMS.flatMap((room) => walk(root, room)), ...ALSO.filter((file) => has(file))].sort());
  const has = (file: string): boolean => {
    const full = path.resolve(root, file);
    return full.startsWith(root + path.sep) && existsSync(full);
  };
  return {
    ...(commit === undefined ? {} : { commit }),
    get files() {
      return list();
    },
    has,
    read: (file) => readText(path.join(root, file)),
    digest(paths) {
      const hash = createHash("sha256");
      const unseen = new Set(paths);
      for (const file of list()) {
        const within = paths.filter((prefix) => file === prefix || file.startsWith(`${prefix}/`));
        for (const prefix of within) unseen.delete(prefix);
        // The digest of the content, not the content: a file that holds another's name is not taken for two.
        const content = within.length > 0 ? digestOf(readFileSync(path.join(root, file))) : "";
        hash.update(`${file}\0${content}\0`);
      }
      // Moved or renamed: a digest without it would hold still whatever became of it.
      if (unseen.size > 0) throw new Error(`${[...unseen].join(", ")}: no such file or folder in ${root}`);
      return hash.digest("hex");
    },
  };
}

const digestOf = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** Files below a folder; links are not followed, so no circle is entered. */
export function walk(root: string, folder: string): string[] {
  const directory = path.join(root, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const inner = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : walk(root, inner);
    return entry.isFile() ? [inner] : [];
  });
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function readText(file: string): ReturnType<SourceTree["read"]> {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES)
      return { refusal: `the file has ${Math.round(size / 1024 / 1024)} MiB; expected at most 32` };
    return { text: utf8.decode(readFileSync(file)) };
  } catch (error) {
    if (error instanceof TypeError) return { refusal: "the file is not UTF-8 text" };
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}
