// Where logical dumps are kept.

export interface StoredFile {
  name: string;
  /** Bytes. */
  bytes: number;
  /** Hex; of what was read back from where it is kept. */
  sha256: string;
}

/** Only ever written to: nothing that is kept is changed or removed through this port. */
export interface Dumps {
  /** For people. @throws OpsError config when the platform declares none, unavailable when no adapter is built for the place */
  readonly location: string;
  /**
   * Keeps a copy of a local file in a dump of this name, then reads it back.
   * @throws OpsError directory when it exists already or others may write there, space, fail when what is read back differs
   */
  put(dump: string, name: string, file: string): Promise<StoredFile>;
  /** The same for a small text, or its bytes. */
  putText(dump: string, name: string, text: string | Buffer): Promise<StoredFile>;
  /** Local path at which PostgreSQL's programs can read a kept file. */
  path(dump: string, name: string): string;
}

export interface DumpTools {
  dumps: Dumps;
}
