// What one database holds at one moment, in a form that another server can be compared with.
import type { TableFingerprint } from "./fingerprint";
import type { SchemaDigest } from "./schema-digest";

export interface SequenceState {
  schema: string;
  name: string;
  /** Decimal text; null when nextval was never called. */
  last: string | null;
  /**
   * What it was just after a checkpoint's moment; absent in checkpoints of earlier versions and wherever nothing could
   * draw a number meanwhile. Held writers still draw: `select nextval()` needs no table, and a partitioned table's
   * default is evaluated before the partition is locked.
   */
  upTo?: string | null;
  increment: string;
}

export interface DatabaseState {
  tables: readonly TableFingerprint[];
  /** Not compared, each by name; `unread` where it should have been and there is no safe way: then the content is not proven. */
  excluded: readonly { schema: string; name: string; why: string; unread?: true }[];
  sequences: readonly SequenceState[];
  schema: SchemaDigest;
  /**
   * How the schema was read: object by object, and where the encoding is not UTF-8 byte by byte. Those of earlier versions cut a text
   * (absent), or had of members of extensions no more than the source of functions and views (without `-2`).
   */
  schemaBy?: "object-2" | "bytes-2" | "object" | "bytes";
}
