// What the live database knows that its migrations do not say, and how long work on so many bytes is expected to take.
// Pure: the facts are read by migrate/facts.ts.
import type { Work } from "./catalogue";

export interface LiveTable {
  /** Heap, TOAST and maps; of a partitioned table, of all its partitions. */
  bytes: number;
  indexBytes: number;
  /** The planner's estimate; -1 where it was never analysed. */
  rows: number;
  /** Rows inserted, updated or deleted a second: the larger of the average since the counters began and of one second now. */
  writesPerSecond: number;
  /** Age of the oldest transaction that holds a lock on it, seconds; 0 = none. */
  oldestHolderSeconds: number;
  /** Sessions that wait for a lock on it. */
  waiting: number;
  columns: Readonly<Record<string, { type: string; notNull: boolean }>>;
  /** Columns of validated `CHECK (c IS NOT NULL)`. */
  notNullChecks: readonly string[];
  /** Has a validated CHECK of any kind. */
  checked: boolean;
  /** Columns that are the first of an index. */
  indexed: readonly string[];
  /** Columns that alone are unique and not null. */
  keys: readonly string[];
  /** Tables with a foreign key to it. */
  referencedBy: readonly string[];
  publications: readonly string[];
  partitions: number;
}

export interface LiveFacts {
  /** By `schema.name`. */
  tables: Readonly<Record<string, LiveTable>>;
  /** Index `schema.name` → its table. */
  indexes: Readonly<Record<string, string>>;
  /** Streaming and logical receivers attached now. */
  standbys: number;
}

/**
 * Bytes a second. Measured by `test/bench/migrate.ts` on 10 million rows (603 MB), PostgreSQL 15, 2 shared cores, everything in
 * memory: 889 MB/s scanned, 25 MB/s rewritten, 312 MB/s into an index of one bigint. Scan and index are put lower here:
 * tables that are not in memory, and wider keys, are the rule. A rehearsal measures instead of estimating.
 */
export const BYTES_PER_SECOND: Readonly<Record<"scan" | "rewrite" | "index", number>> = {
  scan: 300e6,
  rewrite: 25e6,
  index: 60e6,
};
export const ESTIMATE_SOURCE = "size by pg_table_size over the rates in scripts/migrate/live.ts";

/** What changes the catalogue only holds its lock for milliseconds. */
const CATALOG_SECONDS = 0.01;

/** Seconds; undefined = cannot be told (no size, or the work does not follow from it). */
export function expectedSeconds(
  work: Work,
  table: Pick<LiveTable, "bytes" | "indexBytes"> | undefined,
): number | undefined {
  if (work === "catalog") return CATALOG_SECONDS;
  if (work === "unknown" || !table) return undefined;
  // How many rows match is not known before: all of them, each written anew, is the most it can be.
  const rate = BYTES_PER_SECOND[work === "rows" ? "rewrite" : work];
  const bytes = table.bytes + (work === "rewrite" ? table.indexBytes : 0);
  return CATALOG_SECONDS + bytes / rate;
}

/** Up to here a lock is not noticed: PERF-INTERACT allows an interactive operation 1 to 2 s on average. */
export const UNNOTICED_SECONDS = 0.1;

const LENGTH = /^(character varying|varchar|numeric|bit varying)(?:\((\d+)(?:,(\d+))?\))?$/;
const ALIASES: Readonly<Record<string, string>> = { varchar: "character varying" };

/** Changes of type that PostgreSQL makes in the catalogue alone (documentation of ALTER TABLE, "Notes"). */
export function widens(from: string, to: string): boolean {
  const [, source, size, scale] = LENGTH.exec(from) ?? [];
  const [, target, newSize, newScale] = LENGTH.exec(to) ?? [];
  const name = (type: string | undefined): string => ALIASES[type ?? ""] ?? type ?? "";
  if (source !== undefined && name(source) === "character varying" && to === "text") return true;
  if (from === "text" && target !== undefined && name(target) === "character varying")
    return newSize === undefined;
  if (source === undefined || target === undefined || name(source) !== name(target)) return false;
  if (newSize === undefined) return true;
  return size !== undefined && Number(newSize) >= Number(size) && (scale ?? "0") === (newScale ?? "0");
}
