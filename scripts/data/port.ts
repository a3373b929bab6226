// What keeping data right needs of the world: what is declared, a secret of this installation, copies of the source, and files of rows.
import type { DataRule } from "../../policies/data/quality";
import type { DataQuery } from "../../policies/data/queries";
import type { WalFiles } from "../backup/port";
import type { RestoreTools } from "../restore/tools";
import type { ResultTable } from "./query/table";

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

/** What reads a transaction's rows from a copy and puts them back. */
export type RepairTools = RestoreTools & RowFileTools;

export interface DataTools {
  data: {
    /** Rules that the platform uses, its values of parameters in them. @throws DeclarationError, OpsError usage when it uses none */
    rules(): readonly DataRule[];
    /** The catalogue of reviewed queries. @throws DeclarationError */
    queries(): readonly DataQuery[];
    /** Rows as an Excel workbook. */
    workbook(table: ResultTable): Promise<Buffer>;
    /** WAL in files of a directory, in place of an archive. */
    walFiles(directory: string): WalFiles;
    /** Of this installation alone: digests of personal keys are made with it. Made when it is first asked for. @throws OpsError proofs */
    digestSecret(): Promise<Buffer>;
  };
}
