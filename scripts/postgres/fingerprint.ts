// The content of a database as a set of order-independent sums, and the SQL that computes them. Pure; runs nothing.
//
// How one row is hashed is row-hash.ts. Why a sum and not xor: pairs of equal rows cancel in xor.
import { type HashedColumn, rowHash } from "./row-hash";

export interface TableName {
  schema: string;
  name: string;
}

/**
 * How rows are hashed: column by column (row-hash.ts); as text, which is equal in another cluster too; by the binary
 * image of the whole row, six times slower, as checkpoints were taken before and large objects are still; or here, from what
 * COPY gives out (copied-rows.ts), where the planner would run functions of the table's owner.
 */
export type Mode = "columns" | "text" | "binary" | "copied";

/** How rows are put into buckets, so that a difference is localised without a second pass. */
export type Bucketing =
  | { kind: "blocks" /** heap blocks of a bucket */; blocks: number }
  | { kind: "range"; column: string /** key >> shift */; shift: number }
  | { kind: "hash"; columns: readonly string[] }
  | { kind: "whole" };

export interface TablePlan extends TableName {
  bucketing: Bucketing;
  mode: Mode;
  /** Only, and always, with mode `columns`. */
  columns?: readonly HashedColumn[];
  /** Heap blocks when listed: chunks and progress are counted in them. */
  blocks: number;
}

/** Exact decimal text: sums exceed 2^63. */
export type Bucket = readonly [bucket: string, rows: number, sum: string];

export interface TableFingerprint extends TableName {
  /** Both sides must use the same. */
  mode: Mode;
  columns?: readonly HashedColumn[];
  bucketing: Bucketing;
  rows: number;
  buckets: readonly Bucket[];
}

/** Number of buckets of a table that has no integer key. */
const HASH_BUCKETS = 64;
/** A range bucket holds at least 2^16 keys, and a table has at most about 2^10 buckets. */
const MIN_SHIFT = 16;
const MAX_BUCKETS_LOG2 = 10;

/** Double-quotes an SQL identifier. */
export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** A text literal under standard_conforming_strings, which every session of ours has on. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function qualified(table: TableName): string {
  return `${quote(table.schema)}.${quote(table.name)}`;
}

/** Shift such that keys in [min, max] fall into at most about 1024 ranges. */
export function shiftFor(min: bigint, max: bigint): number {
  let shift = MIN_SHIFT;
  while ((max - min) >> BigInt(shift) >= 1n << BigInt(MAX_BUCKETS_LOG2)) shift++;
  return shift;
}

/** Blocks read by one statement: 64 MiB. Small enough to show progress and to share one large table among workers. */
export const CHUNK_BLOCKS = 8192;
/** Fewest blocks of a bucket of blocks: 16 MiB. */
const MIN_BUCKET_BLOCKS = 2048;

/**
 * Buckets of one place in the table: a physical copy has every row where it was, and no grouping is the fastest (a hash
 * table of buckets cost a third of the whole time). At most about 1024 of them.
 */
export function blockBuckets(blocks: number): Bucketing {
  let size = MIN_BUCKET_BLOCKS;
  while (blocks / size > 1 << MAX_BUCKETS_LOG2) size *= 2;
  return { kind: "blocks", blocks: size };
}

/** Large objects are rows of two catalogs; they are content like any table. Their ACLs have no binary form. */
export const LARGE_OBJECTS: readonly TablePlan[] = [
  { schema: "pg_catalog", name: "pg_largeobject", bucketing: { kind: "whole" }, mode: "binary", blocks: 0 },
  {
    schema: "pg_catalog",
    name: "pg_largeobject_metadata",
    bucketing: { kind: "whole" },
    mode: "text",
    blocks: 0,
  },
];

/** A range of heap blocks; the last chunk of a table has no end. */
export interface Chunk {
  from: number;
  to: number | undefined;
}

export function chunksOf(table: TablePlan): Chunk[] {
  if (table.mode === "copied") return [{ from: 0, to: undefined }];
  const size = table.bucketing.kind === "blocks" ? table.bucketing.blocks : CHUNK_BLOCKS;
  const chunks: Chunk[] = [];
  for (let from = 0; from === 0 || from < table.blocks; from += size) {
    chunks.push({ from, to: from + size < table.blocks ? from + size : undefined });
  }
  return chunks;
}

/** `bucket, rows, sum` of a chunk. Whole rows are always `r.*`, so a column of the same name cannot capture the alias. */
export function fingerprintSql(table: TablePlan, chunk: Chunk): string {
  const { bucketing } = table;
  const end = chunk.to === undefined ? "" : ` and r.ctid < '(${chunk.to},0)'::tid`;
  const bucket = bucketing.kind === "blocks" ? `${chunk.from / bucketing.blocks}` : bucketSql(bucketing);
  return `select (${bucket})::text as bucket, count(*)::text as rows, coalesce(sum(${hashSql(table)}), 0)::text as sum
            from only ${qualified(table)} as r where r.ctid >= '(${chunk.from},0)'::tid${end}
            ${bucketing.kind === "blocks" ? "" : "group by 1"}`;
}

function hashSql(table: TablePlan): string {
  switch (table.mode) {
    case "columns":
      return rowHash(table.columns ?? [], quote);
    case "binary":
      return "hash_record_extended(row(record_send(r.*)), 0)";
    // A cast of the row to text would be whatever the table's owner makes of it; the output function is PostgreSQL's own.
    case "text":
      return "hash_record_extended(row(format('%s', r.*)), 0)";
    case "copied":
      throw new RangeError("rows that COPY gives out are hashed here, by copied-rows.ts");
  }
}

/** Gives out all rows of a table, and of no other, without planning anything. Generated columns are not among them. */
export function copySql(table: TableName): string {
  return `copy ${qualified(table)} to stdout`;
}

/** Adds up the chunks of one table. */
export function mergeChunks(table: TablePlan, chunks: readonly (readonly Bucket[])[]): TableFingerprint {
  const merged = new Map<string, { rows: number; sum: bigint }>();
  for (const [name, rows, sum] of chunks.flat()) {
    const into = merged.get(name) ?? { rows: 0, sum: 0n };
    if (rows > 0) merged.set(name, { rows: into.rows + rows, sum: into.sum + BigInt(sum) });
  }
  const buckets = [...merged]
    .sort(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1))
    .map(([name, { rows, sum }]): Bucket => [name, rows, sum.toString()]);
  return {
    schema: table.schema,
    name: table.name,
    mode: table.mode,
    ...(table.columns ? { columns: table.columns } : {}),
    bucketing: table.bucketing,
    rows: buckets.reduce((total, bucket) => total + bucket[1], 0),
    buckets,
  };
}

function bucketSql(bucketing: Exclude<Bucketing, { kind: "blocks" }>): string {
  switch (bucketing.kind) {
    case "range":
      return `(r.${quote(bucketing.column)}::int8 >> ${bucketing.shift})`;
    case "hash":
      return `(hash_record_extended(row(${bucketing.columns.map((c) => `r.${quote(c)}`).join(", ")}), 0) & ${HASH_BUCKETS - 1})`;
    case "whole":
      return "0";
  }
}

export interface ContentDifference extends TableName {
  /** One sentence per difference, naming the bucket and the numbers of rows. */
  what: string;
}

/** One sentence a table that an earlier version read in a way that is not used any more. */
export function readOtherwise(
  expected: readonly TableFingerprint[],
  found: readonly TableFingerprint[],
): string[] {
  const foundByName = new Map(found.map((table) => [qualified(table), table]));
  return expected.flatMap((want) => {
    const have = foundByName.get(qualified(want));
    return have && isReadOtherwise(want, have)
      ? [
          `${qualified(want)}: fingerprinted by an earlier version in a way that can run code of the database's own roles; take a new backup`,
        ]
      : [];
  });
}

function isReadOtherwise(want: TableFingerprint, have: TableFingerprint): boolean {
  if (want.mode === "copied" || have.mode === "text") return false;
  const shape = ({ columns }: TableFingerprint): string =>
    JSON.stringify(columns?.map(({ name, type }) => [name, type]));
  const manner = ({ columns }: TableFingerprint): string =>
    JSON.stringify(columns?.map(({ via, send }) => [via, send]));
  if (have.mode === "copied") return true;
  return want.columns !== undefined && shape(want) === shape(have) && manner(want) !== manner(have);
}

/**
 * Compares two sets of fingerprints table by table and bucket by bucket. Equal sets give an empty list.
 * Both sides must have been computed with the same plans; a table whose plan differs is a difference, unless an earlier
 * version made it (`readOtherwise`).
 */
export function compareContent(
  expected: readonly TableFingerprint[],
  found: readonly TableFingerprint[],
): ContentDifference[] {
  const differences: ContentDifference[] = [];
  const key = (table: TableName): string => qualified(table);
  const foundByName = new Map(found.map((table) => [key(table), table]));
  for (const want of expected) {
    const have = foundByName.get(key(want));
    foundByName.delete(key(want));
    const name = { schema: want.schema, name: want.name };
    if (!have) differences.push({ ...name, what: `missing; ${want.rows} rows at the checkpoint` });
    else for (const what of compareTable(want, have)) differences.push({ ...name, what });
  }
  for (const extra of foundByName.values()) {
    differences.push({
      schema: extra.schema,
      name: extra.name,
      what: `not there at the checkpoint; ${extra.rows} rows`,
    });
  }
  return differences;
}

function* compareTable(want: TableFingerprint, have: TableFingerprint): Generator<string> {
  if (isReadOtherwise(want, have)) return;
  if (want.mode !== have.mode || JSON.stringify(want.bucketing) !== JSON.stringify(have.bucketing)) {
    yield "cannot be compared: read in another way than at the checkpoint";
    return;
  }
  if (JSON.stringify(want.columns) !== JSON.stringify(have.columns)) {
    yield "cannot be compared: its columns are not those of the checkpoint";
    return;
  }
  const buckets = new Map(have.buckets.map((bucket) => [bucket[0], bucket]));
  for (const [name, rows, sum] of want.buckets) {
    const [, foundRows, foundSum] = buckets.get(name) ?? [name, 0, "0"];
    buckets.delete(name);
    if (rows !== foundRows) {
      yield `${bucketText(want.bucketing, name)}: ${rows} rows at the checkpoint, ${foundRows} found (${signed(foundRows - rows)})`;
    } else if (sum !== foundSum) {
      yield `${bucketText(want.bucketing, name)}: ${rows} rows on both sides, at least one of them changed`;
    }
  }
  for (const [name, rows] of buckets.values()) {
    yield `${bucketText(want.bucketing, name)}: no rows at the checkpoint, ${rows} found`;
  }
}

function signed(value: number): string {
  return value > 0 ? `${value} too many` : `${-value} missing`;
}

function bucketText(bucketing: Bucketing, name: string): string {
  if (bucketing.kind === "whole") return "whole table";
  if (bucketing.kind === "blocks") {
    const first = Number(name) * bucketing.blocks;
    return `blocks ${first}…${first + bucketing.blocks - 1}`;
  }
  if (bucketing.kind === "hash")
    return `bucket ${name} of ${HASH_BUCKETS} (by hash of ${bucketing.columns.join(", ")})`;
  const from = BigInt(name) << BigInt(bucketing.shift);
  return `${bucketing.column} ${from}…${from + (1n << BigInt(bucketing.shift)) - 1n}`;
}
