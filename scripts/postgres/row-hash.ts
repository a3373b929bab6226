// The SQL expression that hashes one row: 64 bits, equal when the binary images of all columns are equal. Pure.
//
// Its building block is PostgreSQL's own `hash_bytes_uint32_extended(value, seed)`: value and all 64 bits of the seed are mixed
// non-linearly, so feeding one column's hash to the next as its seed hashes the row, without a row ever being formed.
// What the usual functions lose, each seen on a real server, is put back here or the function is not used:
// - `hash_record_extended(row(…))` adds columns up linearly: a sum does not notice two rows that exchange a value;
// - `hashint8extended` and `timestamp_hash_extended` fold 64 bits into 32: integers go into the seed instead, and a
//   timestamp is hashed a second time, cut to multiples of 2^32 µs, which tells its upper half;
// - `hash_numeric_extended` knows neither sign nor scale, `hashfloat8extended` no -0, `jsonb_hash_extended` no scale.

/** One column as the server lists it. */
export interface ListedColumn {
  name: string;
  not_null: boolean;
  /** Base type of a domain, else the type itself; with its schema where that is needed. */
  type: string;
  /** Object id of that base type; below 10000 they are the same in every cluster. */
  oid: number;
  is_domain: boolean;
  is_enum: boolean;
  /** Stored as text is, byte for byte. */
  is_text: boolean;
  /** Qualified send function; null when the type, or one that it is made of, has none. */
  send: string | null;
}

export type Via =
  | "seed"
  | "int4"
  | "int2"
  | "bool"
  | "char"
  | "oid"
  | "name"
  | "uuid"
  | "enum"
  | "text"
  | "timestamp"
  | "timestamptz"
  | "output"
  | "small-image"
  | "image";

/** How a column is hashed; a checkpoint keeps it, so that a copy is read in the same way. */
export interface HashedColumn {
  name: string;
  type: string;
  via: Via;
  nullable: boolean;
  /** Only for images: the send function. */
  send?: string;
  /** The column's own type is a domain over `type`. */
  domain?: true;
}

/** By base type's object id (pg_type.dat); types without an entry are hashed by what they send, or else by their text. */
const VIA: Readonly<Record<number, Via>> = {
  16: "bool",
  18: "char",
  19: "name",
  20: "seed",
  21: "int2",
  23: "int4",
  26: "oid",
  1114: "timestamp",
  1184: "timestamptz",
  // Text tells sign, scale, NaN and infinity of a number and is cheaper than its image.
  1700: "output",
  2950: "uuid",
};

/** Images of a few bytes share one array: a date, reals, times, network addresses, geometric values. */
const SMALL = new Set([600, 700, 701, 829, 790, 869, 650, 1082, 1083, 1186, 1266, 3220]);

export function hashedColumn(column: ListedColumn): HashedColumn {
  const { name, type, send } = column;
  const via: Via = column.is_text
    ? "text"
    : (VIA[column.oid] ??
      (column.is_enum ? "enum" : send === null ? "output" : SMALL.has(column.oid) ? "small-image" : "image"));
  return {
    name,
    type,
    via,
    nullable: !column.not_null,
    ...(via.endsWith("image") && send !== null ? { send } : {}),
    ...(column.is_domain ? { domain: true as const } : {}),
  };
}

/** Multiples of 2^32 µs from the earliest timestamp on, so that none is cut to something before it (timestamp.h). */
const UPPER_HALF = "'4294.967296 s'::pg_catalog.interval";
const ORIGIN = "'2000-01-01 00:18:12.591616'::pg_catalog.timestamp";
/** Nested calls of one chain: a table may have 1600 columns, and the server's stack 2 MB. */
const CHAIN = 24;

/** Column reference and seed → hash. All are strict, all in pg_catalog. */
const CALL: Readonly<
  Record<Exclude<Via, "seed" | "image" | "small-image">, (c: string, seed: string) => string>
> = {
  int4: (c, seed) => `hashint4extended(${c}, ${seed})`,
  int2: (c, seed) => `hashint2extended(${c}, ${seed})`,
  bool: (c, seed) => `hashint4extended(${c}::pg_catalog.int4, ${seed})`,
  char: (c, seed) => `hashcharextended(${c}, ${seed})`,
  oid: (c, seed) => `hashoidextended(${c}, ${seed})`,
  name: (c, seed) => `hashnameextended(${c}, ${seed})`,
  uuid: (c, seed) => `uuid_hash_extended(${c}, ${seed})`,
  enum: (c, seed) => `hashenumextended(${c}, ${seed})`,
  text: (c, seed) => hashText(`${c}::pg_catalog.text`, seed),
  output: (c, seed) => hashText(`${c}::pg_catalog.text`, seed),
  timestamp: (c, seed) => hashTimestamp(c, seed),
  timestamptz: (c, seed) => hashTimestamp(`(${c} at time zone interval '0')`, seed),
};

/** Of the bytes, whatever the column's collation takes for equal. */
function hashText(text: string, seed: string): string {
  return `hashtextextended(${text} collate pg_catalog."C", ${seed})`;
}

function hashTimestamp(c: string, seed: string): string {
  return `timestamp_hash_extended(${c}, timestamp_hash_extended(date_bin(${UPPER_HALF}, ${c}, ${ORIGIN}), ${seed}))`;
}

/**
 * Nullable columns, and images, are hashed each with a seed of its own and combined by xor; what comes out is the seed of a
 * chain through the columns that are never null. The last step always mixes, so a sum of results notices any exchange.
 * Two different rows have the same hash with a probability of about 2^-64; the functions are not cryptographic.
 * @param quote quotes an identifier
 */
export function rowHash(columns: readonly HashedColumn[], quote: (name: string) => string): string {
  const seeds = seedsOf();
  const chained = columns.filter(({ nullable, via }) => !nullable && !via.endsWith("image"));
  const chains: HashedColumn[][] = [];
  for (let from = 0; from < chained.length; from += CHAIN) chains.push(chained.slice(from, from + CHAIN));
  const small = columns.filter(({ via }) => via === "small-image");
  const parts = [
    ...columns
      .filter(({ nullable, via }) => nullable && !via.endsWith("image"))
      .map((column) => `coalesce(${chain([column], seeds(), quote)}, ${seeds()})`),
    ...(small.length > 0 ? [images(small, seeds(), quote)] : []),
    ...columns.filter(({ via }) => via === "image").map((column) => images([column], seeds(), quote)),
    ...chains.slice(1).map((rest) => chain(rest, seeds(), quote)),
  ];
  const seed = parts.length > 0 ? xor(parts) : seeds();
  const [first] = chains;
  return first ? chain(first, seed, quote) : mix(seed);
}

function mix(seed: string): string {
  return `hashint4extended(1, ${seed})`;
}

/** Integers of 64 bits go into the seed of another column's step, or into a step of their own. */
function chain(columns: readonly HashedColumn[], seed: string, quote: (name: string) => string): string {
  const wide = columns.filter(({ via }) => via === "seed").map((column) => reference(column, quote));
  let hash = seed;
  for (const column of columns) {
    if (column.via === "seed" || column.via === "image" || column.via === "small-image") continue;
    const absorbed = wide.shift();
    hash = CALL[column.via](reference(column, quote), absorbed ? `${absorbed} # ${hash}` : hash);
  }
  for (const left of wide) hash = mix(`${left} # ${hash}`);
  return hash;
}

function images(columns: readonly HashedColumn[], seed: string, quote: (name: string) => string): string {
  const sent = columns.map((column) => `${column.send}(${reference(column, quote)})`);
  return `hash_array_extended(array[${sent.join(", ")}], ${seed})`;
}

function reference({ name, type, domain }: HashedColumn, quote: (name: string) => string): string {
  return domain ? `r.${quote(name)}::${type}` : `r.${quote(name)}`;
}

/** A balanced tree: the depth of an expression is limited, not its length. */
function xor(parts: readonly string[]): string {
  if (parts.length === 1) return parts[0]!;
  const half = parts.length >> 1;
  return `(${xor(parts.slice(0, half))} # ${xor(parts.slice(half))})`;
}

/** Multiples of 2^64 / golden ratio: never 0, which the hash functions take for no seed. */
function seedsOf(): () => string {
  let n = 0n;
  return () => `'${BigInt.asIntN(64, 0x9e3779b97f4a7c15n * ++n)}'::pg_catalog.int8`;
}
