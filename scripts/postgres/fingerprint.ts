// The content of a database as a set of order-independent sums, and the SQL that computes them. Pure; runs nothing.
//
// How one row is hashed is row-hash.ts. Why a sum and not xor: pairs of equal rows cancel in xor.
import { type HashedColumn, type ListedColumn, rowHash } from "./row-hash";

export interface TableName {
  schema: string;
  name: string;
}

/**
 * How rows are hashed: column by column (row-hash.ts); as text, which is equal in another cluster too; or by the binary
 * image of the whole row, six times slower, as checkpoints were taken before and large objects are still.
 */
export type Mode = "columns" | "text" | "binary";

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

/** A table as LIST_TABLES lists it. */
export interface ListedTable extends Record<string, unknown> {
  schema: string;
  name: string;
  blocks: string;
  columns: ListedColumn[];
  key: string[];
  integer_key: boolean;
}

/**
 * Tables and materialized views whose content is compared: their columns, their primary key, and whether its first column
 * is an integer. A column has a send function when every type that it is made of has one. Each partition and each
 * inheritance child is read by itself (`ONLY`); the parents hold no rows of their children.
 */
export const LIST_TABLES = `
  with recursive tables as (
    select c.oid, n.nspname, c.relname, (pg_relation_size(c.oid) / current_setting('block_size')::int8)::int8 as blocks
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and c.relpersistence = 'p' and c.relispopulated
       and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
  ), cols as (
    select a.attrelid, a.attnum, a.attname, a.attnotnull, a.atttypid
      from pg_attribute a join tables on tables.oid = a.attrelid where a.attnum > 0 and not a.attisdropped
  ), bases(root, typ) as (
    select distinct atttypid, atttypid from cols
    union select b.root, t.typbasetype from bases b join pg_type t on t.oid = b.typ where t.typbasetype <> 0
  ), parts(root, typ) as (
    select distinct atttypid, atttypid from cols
    union
    select p.root, x.typ from parts p join pg_type t on t.oid = p.typ cross join lateral (
      select t.typelem where t.typelem <> 0
      union all select t.typbasetype where t.typbasetype <> 0
      union all select a.atttypid from pg_attribute a
                 where a.attrelid = t.typrelid and t.typrelid <> 0 and a.attnum > 0 and not a.attisdropped
      union all select r.rngsubtype from pg_range r where t.oid in (r.rngtypid, r.rngmultitypid)) as x(typ)
  ), kinds as (
    select b.root, t.oid, format_type(t.oid, null) as type, b.root <> t.oid as is_domain, t.typtype = 'e' as is_enum,
           t.oid = 25 or t.typlen = -1 and exists (
             select from pg_cast where castsource = t.oid and casttarget = 25 and castmethod = 'b') as is_text,
           case when not exists (select from parts p join pg_type y on y.oid = p.typ where p.root = b.root and y.typsend = 0)
                then (select format('%I.%I', n.nspname, f.proname) from pg_proc f join pg_namespace n on n.oid = f.pronamespace
                       where f.oid = t.typsend) end as send
      from bases b join pg_type t on t.oid = b.typ where t.typbasetype = 0
  )
  select t.nspname::text as schema, t.relname::text as name, t.blocks::text as blocks,
         coalesce((select json_agg(json_build_object('name', c.attname, 'not_null', c.attnotnull, 'type', k.type,
                     'oid', k.oid::int8, 'is_domain', k.is_domain, 'is_enum', k.is_enum, 'is_text', k.is_text,
                     'send', k.send) order by c.attnum)
                     from cols c join kinds k on k.root = c.atttypid where c.attrelid = t.oid), '[]') as columns,
         coalesce(k.columns, '{}') as key, coalesce(k.is_integer, false) as integer_key
    from tables t left join lateral (
      select array_agg(a.attname::text order by o.ord) as columns,
             (array_agg(a.atttypid order by o.ord))[1] in (20, 21, 23) as is_integer
        from pg_index i
        cross join lateral unnest(i.indkey) with ordinality as o(attnum, ord)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = o.attnum
       where i.indrelid = t.oid and i.indisprimary) k on true
   order by 1, 2`;

/** What is not compared, by name and reason: nothing is left out silently. */
export const LIST_EXCLUDED = `
  select n.nspname as schema, c.relname as name,
         case when c.relkind = 'S' and c.relpersistence <> 'u' then 'no permission to read where it stands'
              when c.relpersistence = 'u' then 'unlogged: empty after any recovery'
              when c.relkind = 'f' then 'foreign table: its rows live elsewhere'
              else 'materialized view without data' end as why
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where (c.relkind in ('r', 'm') and (c.relpersistence = 'u' or not c.relispopulated) or c.relkind = 'f'
          or c.relkind = 'S' and (c.relpersistence = 'u' or not has_sequence_privilege(c.oid, 'SELECT,USAGE')))
     and c.relpersistence <> 't'
     and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
   order by 1, 2`;

/** Those that recovery keeps and that we may read; `last_value` of one that we may not looks like one never used. */
export const LIST_SEQUENCES = `
  select s.schemaname::text as schema, s.sequencename::text as name, s.last_value::text as last,
         s.increment_by::text as increment
    from pg_sequences s
    join pg_namespace n on n.nspname = s.schemaname
    join pg_class c on c.relnamespace = n.oid and c.relname = s.sequencename
   where c.relpersistence = 'p' and has_sequence_privilege(c.oid, 'SELECT,USAGE')
   order by 1, 2`;

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
    case "text":
      return "hash_record_extended(row((r.*)::text), 0)";
  }
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

/**
 * Compares two sets of fingerprints table by table and bucket by bucket. Equal sets give an empty list.
 * Both sides must have been computed with the same plans; a table whose plan differs is a difference.
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
