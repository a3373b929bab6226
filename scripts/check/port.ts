// The files that hold what rules look at, of this checkout or of another commit.

import type { Standard } from "../../policies/standards/load";

export interface SourceTree {
  /** Full commit id; absent for the checkout as it lies there. */
  commit?: string;
  /** Every file of the repository's rooms, relative with `/`, sorted. */
  files: readonly string[];
  /** True for any file of the tree, also outside the rooms; never outside the tree. */
  has(path: string): boolean;
  /** Why not, when it cannot be read: it is gone, a directory, too large, not UTF-8. */
  read(path: string): { text: string } | { refusal: string };
  /**
   * sha256 over names and contents of the files below these paths, and over the names of all others.
   * @throws Error for a path that is gone: the list that names it is out of date
   */
  digest(paths: readonly string[]): string;
}

export interface Subjects {
  /** The commit that lies here, with a remark when files differ from it. */
  commit(): Promise<string>;
  /** @throws OpsError usage for an unknown commit */
  tree(ref?: string): Promise<SourceTree>;
  /**
   * A file or folder that a person names: relative to the repository when it lies in it, else absolute; with the files in it.
   * @throws OpsError usage when there is nothing
   */
  locate(path: string): { path: string; inside: boolean; files: readonly string[] };
  /** A file by the path that `locate` gave. */
  read(path: string): ReturnType<SourceTree["read"]>;
  /** What was kept under the key; undefined when it is gone or damaged. */
  recall(key: string): string | undefined;
  /** Keeps it for later runs; failing to do so harms nobody. */
  keep(key: string, text: string): void;
  /** Standards that rules name. @throws DeclarationError */
  standards(): readonly Standard[];
}

export interface CheckTools {
  subjects: Subjects;
}
