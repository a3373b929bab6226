// What keeping data right needs of the world: the source, copies of it, its archived WAL, evidence, and files of rows of its own.
import type { RestoreTools } from "../restore/tools";

/**
 * Rows of people's data on their way between a copy and the source: files of ours alone (0600), a row a line, removed when they are
 * not needed any more. A row is whatever JSON can hold.
 */
export interface RowFiles {
  /** Where they lie. */
  readonly directory: string;
  /** @returns its path. @throws OpsError directory */
  create(name: string): Promise<RowWriter>;
  /** In the order in which they were written. @throws OpsError usage when there is no such file */
  read(file: string): AsyncIterable<unknown>;
  /** SHA-256 of the file's bytes, hex. */
  digest(file: string): Promise<string>;
  remove(file: string): Promise<void>;
}

export interface RowWriter {
  readonly file: string;
  /** Written before it returns, but for what fills a buffer: memory does not grow with the number of rows. */
  write(row: unknown): void;
  close(): void;
}

export interface RowFileTools {
  rowFiles: RowFiles;
}

export type DataTools = RestoreTools & RowFileTools;
