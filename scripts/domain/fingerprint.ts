// The content of a database as a set of order-independent sums, and the SQL that computes them. Pure; runs nothing.
//
// One row's hash is the 64-bit hash of its whole binary image: `hash_record_extended(row(record_send(r.*)), 0)`.
// Why not `hash_record_extended(r)`, which is cheaper: it combines columns linearly (31·h + next), so the sum over a
// table does not change when two rows exchange the values of a column; and it ignores numeric scale, array bounds and
// whatever else a type's equality ignores. Why a sum and not xor: pairs of equal rows cancel in xor.

export interface TableName {
  schema: string;
  name: string;
}

/** How rows are put into buckets, so that a difference is localised without a second pass. */
export type Bucketing =
  | { kind: "range"; column: string /** key >> shift */; shift: number }
  | { kind: "hash"; columns: readonly string[] }
  | { kind: "whole" };

export interface TablePlan extends TableName {
  bucketing: Bucketing;
  mode: "binary" | "text";
  /** Heap blocks when listed: chunks and progress are counted in them. */
  blocks: number;
}

/** Exact decimal text: sums exceed 2^63. */
export type Bucket = readonly [bucket: string, rows: number, sum: string];

export interface TableFingerprint extends TableName {
  /** `binary` where every type has a send function, else `text`. Both sides must use the same. */
  mode: TablePlan["mode"];
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

/**
 * Tables and materialized views whose content is compared: their primary key, whether its first column is an integer,
 * and whether every type in them, nested ones included, can be sent in binary. Each partition and each inheritance
 * child is read by itself (`ONLY`); the parents hold no rows of their children.
 */
export const LIST_TABLES = `
  with recursive tables as (
    select c.oid, n.nspname, c.relname, (pg_relation_size(c.oid) / current_setting('block_size')::int8)::int8 as blocks
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and c.relpersistence = 'p' and c.relispopulated
       and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
  ), parts(rel, typ) as (
    select a.attrelid, a.atttypid from pg_attribute a join tables on tables.oid = a.attrelid
     where a.attnum > 0 and not a.attisdropped
    union
    select p.rel, x.typ from parts p join pg_type t on t.oid = p.typ cross join lateral (
      select t.typelem where t.typelem <> 0
      union all select t.typbasetype where t.typbasetype <> 0
      union all select a.atttypid from pg_attribute a
                 where a.attrelid = t.typrelid and t.typrelid <> 0 and a.attnum > 0 and not a.attisdropped
      union all select r.rngsubtype from pg_range r where t.oid in (r.rngtypid, r.rngmultitypid)) as x(typ)
  )
  select t.nspname::text as schema, t.relname::text as name, t.blocks::text as blocks,
         exists (select from parts p join pg_type y on y.oid = p.typ
                  where p.rel = t.oid and y.typsend = 0) as text_only,
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
         case when c.relpersistence = 'u' then 'unlogged: empty after any recovery'
              when c.relkind = 'f' then 'foreign table: its rows live elsewhere'
              else 'materialized view without data' end as why
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where (c.relkind in ('r', 'm') and (c.relpersistence = 'u' or not c.relispopulated) or c.relkind = 'f')
     and c.relpersistence <> 't'
     and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
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
  const chunks: Chunk[] = [];
  for (let from = 0; from === 0 || from < table.blocks; from += CHUNK_BLOCKS) {
    chunks.push({ from, to: from + CHUNK_BLOCKS < table.blocks ? from + CHUNK_BLOCKS : undefined });
  }
  return chunks;
}

/** `bucket, rows, sum` of a chunk. The alias is always followed by `.*`, so a column of the same name cannot capture it. */
export function fingerprintSql(table: TablePlan, chunk: Chunk): string {
  const image = table.mode === "binary" ? "record_send(r.*)" : "(r.*)::text";
  const end = chunk.to === undefined ? "" : ` and r.ctid < '(${chunk.to},0)'::tid`;
  return `select ${bucketSql(table.bucketing)}::text as bucket, count(*)::text as rows,
                 coalesce(sum(hash_record_extended(row(${image}), 0)), 0)::text as sum
            from only ${qualified(table)} as r where r.ctid >= '(${chunk.from},0)'::tid${end} group by 1`;
}

/** Adds up the chunks of one table. */
export function mergeChunks(table: TablePlan, chunks: readonly (readonly Bucket[])[]): TableFingerprint {
  const merged = new Map<string, { rows: number; sum: bigint }>();
  for (const [name, rows, sum] of chunks.flat()) {
    const into = merged.get(name) ?? { rows: 0, sum: 0n };
    merged.set(name, { rows: into.rows + rows, sum: into.sum + BigInt(sum) });
  }
  const buckets = [...merged]
    .sort(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1))
    .map(([name, { rows, sum }]): Bucket => [name, rows, sum.toString()]);
  return {
    schema: table.schema,
    name: table.name,
    mode: table.mode,
    bucketing: table.bucketing,
    rows: buckets.reduce((total, bucket) => total + bucket[1], 0),
    buckets,
  };
}

function bucketSql(bucketing: Bucketing): string {
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
  if (bucketing.kind === "hash")
    return `bucket ${name} of ${HASH_BUCKETS} (by hash of ${bucketing.columns.join(", ")})`;
  const from = BigInt(name) << BigInt(bucketing.shift);
  return `${bucketing.column} ${from}…${from + (1n << BigInt(bucketing.shift)) - 1n}`;
}
